import { type Color, converter, formatHex, parse } from 'culori';
import type { ColorValue } from './token.js';

/** How culori names a colour space and its channels, and how the DTCG colour module does. */
const spaces: Record<string, [colorSpace: string, channels: string[]]> = {
  rgb: ['srgb', ['r', 'g', 'b']],
  p3: ['display-p3', ['r', 'g', 'b']],
  lab: ['lab', ['l', 'a', 'b']],
  lch: ['lch', ['l', 'c', 'h']],
  oklab: ['oklab', ['l', 'a', 'b']],
  oklch: ['oklch', ['l', 'c', 'h']],
};

const toRgb = converter('rgb');

/** Reads a CSS colour; wide-gamut spaces are kept, the notations of sRGB become `srgb`. Undefined for anything else. */
export function parseColor(text: string): ColorValue | undefined {
  const color = parse(text);
  if (!color) return undefined;
  const kept = color.mode in spaces ? color : toRgb(color);
  const [colorSpace, channels] = spaces[kept.mode] ?? ['srgb', ['r', 'g', 'b']];
  const { alpha } = kept;
  return {
    colorSpace,
    components: channels.map((channel) => componentOf(kept, channel)),
    ...(alpha !== undefined && alpha < 1 && { alpha: round(alpha) }),
    hex: formatHex(kept),
  };
}

/** A channel that the colour leaves open, such as the hue of grey, is `none` in both formats. */
function componentOf(color: Color, channel: string): number | 'none' {
  const value: unknown = color[channel as keyof Color];
  return typeof value === 'number' ? round(value) : 'none';
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
