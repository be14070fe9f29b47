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
  /** Of the last line of each component. */
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
/** Words, and the levels of loggers that write JSON: pino's numbers, or names. */
const errors = /\b(?:error|fatal|critical|panic|exception|traceback|uncaught)\b|"level":"?(?:50|60)\b/i;
/** Names of classes, such as `TypeError`; `onerror` is none. */
const errorClass = /[a-z]Error\b/;
const warnings = /\bwarn(?:ing)?\b|"level":"?40\b/i;

function levelOf(text: string): Level {
  if (errors.test(text) || errorClass.test(text)) return 'error';
  return warnings.test(text) ? 'warning' : 'other';
}

/** What a terminal would do with the text, as far as that is colours and the like; everything else in it is only text. */
function piecesOf(text: string): Piece[] {
  if (!text.includes('\u001b')) return [{ text: plainText(text), look: '' }];
  return Anser.ansiToJson(text, { use_classes: true, remove_empty: true, json: true }).map(
    ({ content, fg, bg, decorations }) => ({ text: plainText(content), look: lookOf(fg, bg, decorations) }),
  );
}

/** The sixteen colours that a style sheet can make legible on any ground; finer ones are left out. */
const colour = /^ansi-(?:bright-)?(?:black|red|green|yellow|blue|magenta|cyan|white)$/;

function lookOf(fg: string | null, bg: string | null, decorations: readonly string[]): string {
  const names = decorations.filter((name) => shownDecorations.has(name)).map((name) => `ansi-${name}`);
  if (fg !== null && colour.test(fg)) names.push(fg);
  if (bg !== null && colour.test(bg)) names.push('ansi-ground');
  return names.join(' ');
}

/** Not "hidden" and not "blink": a log has nothing to hide. */
const shownDecorations = new Set(['bold', 'dim', 'italic', 'underline', 'strikethrough', 'reverse']);
