import { plainText } from '@odoobo/app-platform/plain-text';
import Anser from 'anser';

export type Level = 'error' | 'warning' | 'other';

/** A piece of a line that is drawn in one way. */
export interface Piece {
  text: string;
  /** Class names, of a fixed set. */
  look: string;
}

/** A line of a log, taken apart once. */
export interface LogLine {
  /** Unique in one reading. */
  number: number;
  component: string;
  /** When it was written, as far as that is known; RFC 3339. */
  time: string;
  level: Level;
  /** As it is read and searched: without control characters. */
  plain: string;
  pieces: readonly Piece[];
}

/** Takes the lines of one reading apart, in their order. */
export class LineReader {
  #read = 0;
  /** The level of the last line of each component. */
  readonly #levels = new Map<string, Level>();

  /** @param data of a frame of a live log: `component timestamp text` */
  read(data: string): LogLine {
    const [, component = '', time = '', text = ''] = frame.exec(data.replace(/\r?\n$/, '')) ?? [];
    const pieces = piecesOf(text);
    const plain = pieces.map((piece) => piece.text).join('');
    const level = this.#levelOf(component, plain);
    return { number: this.#read++, component, time, level, plain, pieces };
  }

  /** What is indented, such as a stack trace, belongs to the line before. */
  #levelOf(component: string, plain: string): Level {
    const goesOn = /^(?:\s|[}\])])/.test(plain);
    const level = goesOn ? (this.#levels.get(component) ?? 'other') : levelOf(plain);
    this.#levels.set(component, level);
    return level;
  }
}

const frame = /^(\S+) (?:(\d{4}-\d\d-\d\dT\S+) )?([^]*)$/;
/** The level that a logger gives its line: in JSON, with pino's numbers or names, or as `level=info`. */
const said = /"(?:level|severity)":\s*"?(\w+)|\b(?:level|lvl)=(\w+)/i;
const saidErrors = /^(?:50|60|err|error|fatal|crit|critical|panic|alert|emerg\w*)$/i;
const saidWarnings = /^(?:40|warn|warning)$/i;
/** Words that show the level of a line without one. */
const errors = /\b(?:error|fatal|critical|panic|exception|traceback|uncaught)\b/i;
/** Names of classes, such as `TypeError`; `onerror` does not match. */
const errorClass = /[a-z]Error\b/;
const warnings = /\bwarn(?:ing)?\b/i;

function levelOf(text: string): Level {
  const [, json, pair] = said.exec(text) ?? [];
  const level = json ?? pair;
  if (level !== undefined) return saidLevel(level);
  if (errors.test(text) || errorClass.test(text)) return 'error';
  return warnings.test(text) ? 'warning' : 'other';
}

function saidLevel(level: string): Level {
  if (saidErrors.test(level)) return 'error';
  return saidWarnings.test(level) ? 'warning' : 'other';
}

/** Applies a terminal's colours and the like to the text; everything else in it is only text. */
function piecesOf(text: string): Piece[] {
  if (!text.includes('\u001b')) return [{ text: plainText(text), look: '' }];
  return Anser.ansiToJson(text, { use_classes: true, remove_empty: true, json: true }).map((piece) => ({
    text: plainText(piece.content),
    look: lookOf(piece),
  }));
}

type Part = ReturnType<typeof Anser.ansiToJson>[number];

function lookOf({ fg, fg_truecolor: rgb, bg, decorations }: Part): string {
  const names = decorations.filter((name) => shownDecorations.has(name)).map((name) => `ansi-${name}`);
  const colour = colourOf(fg as string | null, rgb as string | null);
  if (colour !== undefined) names.push(colour);
  if ((bg as string | null) !== null) names.push('ansi-ground');
  return names.join(' ');
}

/** By red, green and blue, of which each is in it (1, 2, 4) or not. */
const hues = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
const named = /^ansi-(?:bright-)?(?:black|red|green|yellow|blue|magenta|cyan|white)$/;

/** One of the sixteen colours that a style sheet can make legible on any ground: for a finer one, the nearest hue. */
function colourOf(name: string | null, rgb: string | null): string | undefined {
  if (name === null || named.test(name)) return name ?? undefined;
  const palette = /^ansi-palette-(\d+)$/.exec(name)?.[1];
  return hueOf(palette === undefined ? (rgb ?? '').split(',').map(Number) : paletteColour(Number(palette)));
}

/**
 * Red, green and blue of the 256 colours: from 16 on a cube of 6, then greys.
 * https://en.wikipedia.org/wiki/ANSI_escape_code#8-bit
 */
function paletteColour(index: number): number[] {
  if (index >= 232) return [0, 0, 0];
  const parts = [36, 6, 1].map((step) => Math.floor((index - 16) / step) % 6);
  return parts.map((part) => (part === 0 ? 0 : 55 + 40 * part));
}

/** A grey is left to the colour of the text. */
function hueOf(parts: readonly number[]): string | undefined {
  const [most, least] = [Math.max(...parts), Math.min(...parts)];
  if (!(most - least >= 40)) return undefined;
  const bits = parts.map((part, index) => (part * 2 > most + least ? 1 << index : 0));
  return `ansi-${hues[bits.reduce((all, one) => all | one)]}`;
}

/** Not "hidden" and not "blink": a log has nothing to hide. */
const shownDecorations = new Set(['bold', 'dim', 'italic', 'underline', 'strikethrough', 'reverse']);
