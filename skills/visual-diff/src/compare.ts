import { ssim } from '@blazediff/ssim';
import { SkillError } from '@odoobo/skill-kit';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';
import { boxesOfChange } from './boxes.js';
import { readPng } from './read-png.js';
import type { Input, Output } from './schema.js';

/**
 * Compares two PNGs of one size.
 * @throws SkillError 422 when an image cannot be read or their sizes differ
 */
export function compareImages(input: Input): Output {
  const before = readPng(input.before, 'before');
  const after = readPng(input.after, 'after');
  const { width, height } = before;
  if (after.width !== width || after.height !== height) throw sizeMismatch(before, after);
  const picture = new PNG({ width, height });
  const changed = pixelmatch(before.data, after.data, picture.data, width, height, {
    threshold: input.color_threshold,
    diffColor: RED,
  });
  const changedRatio = changed / (width * height);
  const similarity = structuralSimilarity(before, after);
  return {
    pass: similarity >= input.min_ssim && changedRatio <= input.max_changed_ratio,
    width,
    height,
    changed_pixels: changed,
    changed_ratio: round(changedRatio),
    ssim: round(similarity),
    boxes: changed === 0 ? [] : boxesOfChange((x, y) => isRed(picture, x, y), width, height),
    diff: PNG.sync.write(picture).toString('base64'),
  };
}

const RED: [number, number, number] = [255, 0, 0];

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
