import { color as readColor, SyntaxFlag } from '@csstools/css-color-parser';
import { parseComponentValue } from '@csstools/css-parser-algorithms';
import { tokenize } from '@csstools/css-tokenizer';
import { type Color, converter, formatHex, parse } from 'culori';
import type { ColorValue } from './token.js';

/** A colour space of the DTCG colour module by its notation in CSS, with its name and channels in culori. */
const spaces: Record<string, [colorSpace: string, mode: Color['mode'], channels: string]> = {
  rgb: ['srgb', 'rgb', 'rgb'],
  srgb: ['srgb', 'rgb', 'rgb'],
  'srgb-linear': ['srgb-linear', 'lrgb', 'rgb'],
  'display-p3': ['display-p3', 'p3', 'rgb'],
  'a98-rgb': ['a98-rgb', 'a98', 'rgb'],
  'prophoto-rgb': ['prophoto-rgb', 'prophoto', 'rgb'],
  rec2020: ['rec2020', 'rec2020', 'rgb'],
  'xyz-d65': ['xyz-d65', 'xyz65', 'xyz'],
  'xyz-d50': ['xyz-d50', 'xyz50', 'xyz'],
  lab: ['lab', 'lab', 'lab'],
  lch: ['lch', 'lch', 'lch'],
  oklab: ['oklab', 'oklab', 'lab'],
  oklch: ['oklch', 'oklch', 'lch'],
};

const [toRgb, toOklch] = [converter('rgb'), converter('oklch')];

/**
 * Reads a CSS colour; wide-gamut spaces are kept, the notations of sRGB become `srgb`, and mixed and relative colours are
 * computed. Undefined for anything else, such as `currentcolor`.
 */
export function parseColor(text: string): ColorValue | undefined {
  const found = text.includes('(') ? parseFunction(text) : parseWord(text);
  return found && colorValue(...found);
}

type Found = [notation: string, channels: number[], alpha: number];

/** A name or `#rrggbb`. */
function parseWord(text: string): Found | undefined {
  const color = parse(text);
  return color?.mode === 'rgb' ? ['rgb', [color.r, color.g, color.b], color.alpha ?? 1] : undefined;
}

function parseFunction(text: string): Found | undefined {
  const node = parseComponentValue(tokenize({ css: text }));
  const color = node && readColor(node);
  if (!color || typeof color.alpha !== 'number') return undefined;
  const { syntaxFlags } = color;
  // A channel that is `none`, such as the hue of grey, shows as 0. The format has the word too, but Terrazzo 2.7 refuses it.
  const channels = color.channels.map((channel) => (Number.isNaN(channel) ? 0 : channel));
  const alpha = Number.isNaN(color.alpha) ? 0 : color.alpha;
  const notation: string = color.colorNotation;
  // The notations of sRGB cut off what is outside of it, unless they are relative to another colour (Color 4, 5.1; Color 5, 4).
  const isCut = cut.has(notation) && !syntaxFlags.has(SyntaxFlag.RelativeColorSyntax);
  const [name, found] = inNotation(notation, channels);
  return [name, isCut ? found.map((channel) => Math.min(1, Math.max(0, channel))) : found, alpha];
}

const cut = new Set(['rgb', 'hsl', 'hwb']);

/** HSL and HWB are other notations of sRGB. */
function inNotation(notation: string, channels: number[]): [notation: string, channels: number[]] {
  if (notation !== 'hsl' && notation !== 'hwb') return [notation, channels];
  const [h = 0, a = 0, b = 0] = channels;
  const [second, third] = [a / 100, b / 100];
  const rgb = toRgb(
    notation === 'hsl' ? { mode: 'hsl', h, s: second, l: third } : { mode: 'hwb', h, w: second, b: third },
  );
  return ['rgb', [rgb.r, rgb.g, rgb.b]];
}

function colorValue(notation: string, channels: number[], alpha: number): ColorValue | undefined {
  const space = spaces[notation];
  if (!space) return undefined;
  const [colorSpace, mode, names] = space;
  const color = {
    mode,
    ...Object.fromEntries(channels.map((channel, i) => [names[i] ?? '', channel])),
  } as Color;
  if (isOutside(names, channels)) {
    // The format has no such component; OKLCH says the same colour within its ranges.
    const { l, c, h } = toOklch(color);
    return colorValue('oklch', [Math.min(1, Math.max(0, l)), c, h ?? 0], alpha);
  }
  return {
    colorSpace,
    components: channels.map((channel, i) => componentOf(names[i] ?? '', channel)),
    ...(alpha < 1 && { alpha: round(alpha) }),
    hex: formatHex(color),
  };
}

const tolerance = 0.000_05;

function isOutside(names: string, channels: number[]): boolean {
  return names === 'rgb' && channels.some((channel) => channel < -tolerance || channel > 1 + tolerance);
}

function componentOf(name: string, channel: number): number {
  if (name === 'h') return round(((channel % 360) + 360) % 360) % 360;
  // No -0.
  return round(channel) || 0;
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
