import { maxPixels } from '../schema.js';
import type { Picture } from './picture.js';
import { openPng, pngSignature, pngSize } from './png.js';
import { refused } from './refused.js';

/**
 * Opens an image that a caller gives in base64, or as a data: URL.
 * @throws SkillError 422 as `openImage`
 */
export function readImage(base64: string, field: string): Promise<Picture> {
  return openImage(Buffer.from(base64.replace(/^data:image\/[a-z+.-]+;base64,/, ''), 'base64'), field);
}

/**
 * Opens an image. Its bytes say what it is, and its header says its size before anything is decompressed.
 * @throws SkillError 422 when it is none, a broken or a too large one
 */
export async function openImage(bytes: Buffer, field: string): Promise<Picture> {
  const isPng = bytes.length > 32 && bytes.subarray(0, 8).equals(pngSignature);
  if (!isPng || bytes.toString('latin1', 12, 16) !== 'IHDR')
    throw refused('not_a_png', field, 'is not a PNG in base64');
  checkSize(pngSize(bytes), 'broken_png', field);
  return openPng(bytes, field);
}

function checkSize(
  { width, height }: { width: number; height: number },
  broken: string,
  field: string,
): void {
  if (width === 0 || height === 0) throw refused(broken, field, 'has no pixels');
  if (width * height > maxPixels) {
    const what = `has ${width} x ${height} pixels; at most ${maxPixels} are compared`;
    throw refused('image_too_large', field, what);
  }
}
