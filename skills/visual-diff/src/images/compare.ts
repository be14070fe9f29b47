import { ssim } from '@blazediff/ssim';
import { SkillError } from '@odoobo/skill-kit';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';
import type { Comparison, Rectangle } from '../schema.js';
import { boxesOfChange } from './boxes.js';

/** Text wraps and scales on a small screen, so a little more difference counts as no change there. */
export const minSsim = { desktop: 0.98, mobile: 0.97 };

/** What makes two images the same. */
export interface Limits {
  minSsim: number;
  maxChangedRatio: number;
  colorThreshold: number;
  masks: Rectangle[];
}

/**
 * Compares two images of one size, and paints the masks over in both.
 * @throws SkillError 422 when their sizes differ
 */
export function compareImages(before: PNG, after: PNG, limits: Limits): Comparison {
  const { width, height } = before;
  if (after.width !== width || after.height !== height) throw sizeMismatch(before, after);
  for (const image of [before, after]) paintOver(image, limits.masks);
  const picture = new PNG({ width, height });
  const changed = pixelmatch(before.data, after.data, picture.data, width, height, {
    threshold: limits.colorThreshold,
    diffColor: red,
  });
  const changedRatio = changed / (width * height);
  const similarity = structuralSimilarity(before, after);
  return {
    pass: similarity >= limits.minSsim && changedRatio <= limits.maxChangedRatio,
    width,
    height,
    changed_pixels: changed,
    changed_ratio: round(changedRatio),
    ssim: round(similarity),
    boxes: changed === 0 ? [] : boxesOfChange((x, y) => isRed(picture, x, y), width, height),
    diff: PNG.sync.write(picture).toString('base64'),
  };
}

/** What of a mask lies outside of the image does not matter. */
function paintOver({ data, width, height }: PNG, masks: Rectangle[]): void {
  for (const mask of masks) {
    const [left, right] = [Math.min(mask.x, width), Math.min(mask.x + mask.width, width)];
    const bottom = Math.min(mask.y + mask.height, height);
    for (let y = mask.y; y < bottom; y++) data.fill(0xff, (y * width + left) * 4, (y * width + right) * 4);
  }
}

const red: [number, number, number] = [255, 0, 0];

/** pixelmatch draws all else in grey or yellow. */
function isRed({ data, width }: PNG, x: number, y: number): boolean {
  const at = (y * width + x) * 4;
  return data[at] === 255 && data[at + 1] === 0 && data[at + 2] === 0;
}

/** The window is 11 pixels wide as in the paper, and smaller where the image is. */
function structuralSimilarity(a: PNG, b: PNG): number {
  const { width, height } = a;
  const smallest = Math.min(11, width, height);
  const windowSize = smallest % 2 === 1 ? smallest : smallest - 1;
  return Math.min(1, ssim(a.data, b.data, undefined, width, height, { windowSize }));
}

function round(ratio: number): number {
  return Math.round(ratio * 1_000_000) / 1_000_000;
}

function sizeMismatch(before: PNG, after: PNG): SkillError {
  const sizes = `"before" is ${before.width} x ${before.height}, "after" ${after.width} x ${after.height}`;
  return new SkillError(
    422,
    'size_mismatch',
    `The images differ in size: ${sizes}. Take both in the same viewport.`,
  );
}
