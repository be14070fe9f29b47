import { converter, parse } from 'culori';
import type { Literal } from './literal.js';
import type { NearDuplicate } from './schema.js';
import type { ColorValue, DimensionValue } from './token.js';
import { colorText } from './write.js';

/** The difference of two colours that is just noticeable, in OKLab (CSS Color 4, 13.2). */
const justNoticeable = 0.02;

/** Two steps of a scale differ by more than this share, and more than a pixel. */
const shareOfLength = 0.1;
const maxPairs = 100;
const rootFontSizePx = 16;

/**
 * Pairs of tokens of one group whose values hardly differ. An alias is not a duplicate: it says that its value is meant to be
 * the same.
 */
export function nearDuplicates(tokens: Literal[]): NearDuplicate[] {
  const own = tokens.filter(({ isAlias }) => !isAlias);
  const pairs = [...new Set(own.map(({ category }) => category))].flatMap((category) => {
    const group = own.filter((token) => token.category === category);
    return [...closeColors(group), ...closeLengths(group)];
  });
  return pairs.sort((a, b) => a.difference - b.difference).slice(0, maxPairs);
}

interface Point {
  path: string;
  /** The lightness of a colour, the px of a length: values further apart than the limit in this are not close. */
  at: number;
}

/** Every pair within a limit; sorted first, so that each is compared with its neighbours only. */
function closePairs<P extends Point>(
  points: P[],
  limitAt: (point: P) => number,
  difference: (a: P, b: P) => number,
): NearDuplicate[] {
  const sorted = points.sort((a, b) => a.at - b.at);
  const pairs: NearDuplicate[] = [];
  sorted.forEach((a, i) => {
    for (let j = i + 1; j < sorted.length && pairs.length < maxCandidates; j++) {
      const b = sorted[j];
      if (!b || b.at - a.at > limitAt(b)) break;
      const between = difference(a, b);
      if (between <= limitAt(b)) pairs.push({ tokens: [a.path, b.path], difference: round(between) });
    }
  });
  return pairs;
}

/** Thousands of equal values would be millions of pairs. */
const maxCandidates = 10_000;

interface ColorPoint extends Point {
  lab: [number, number, number, number];
}

const toOklab = converter('oklab');

function closeColors(tokens: Literal[]): NearDuplicate[] {
  const points = tokens.flatMap(({ path, type, value }) => (type === 'color' ? colorPoint(path, value) : []));
  return closePairs(points, () => justNoticeable, distance);
}

/** Called millions of times for thousands of colours of one lightness. */
function distance({ lab: a }: ColorPoint, { lab: b }: ColorPoint): number {
  let sum = 0;
  for (let i = 0; i < 4; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return Math.sqrt(sum);
}

function colorPoint(path: string, color: ColorValue): ColorPoint[] {
  const parsed = parse(colorText(color));
  if (!parsed) return [];
  const { l, a, b, alpha = 1 } = toOklab(parsed);
  return [{ path, at: l, lab: [l, a, b, alpha] }];
}

function closeLengths(tokens: Literal[]): NearDuplicate[] {
  const points = tokens.flatMap(({ path, type, value }) =>
    type === 'dimension' && value.value > 0 ? [{ path, at: inPx(value) }] : [],
  );
  return closePairs(
    points,
    ({ at }) => Math.min(1, at * shareOfLength),
    (a, b) => b.at - a.at,
  );
}

function inPx({ value, unit }: DimensionValue): number {
  return unit === 'rem' ? value * rootFontSizePx : value;
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
