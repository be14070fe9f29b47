import { maxPixels } from '../schema.js';
import { avifSize, isAvif } from './avif-size.js';
import type { Picture } from './picture.js';
import { openPng, pngSignature, pngSize } from './png.js';
import { refused } from './refused.js';
import { decodeAvif, decodeJpeg, decodeWebp, maxAvifPixels, maxWholePixels } from './whole.js';
import { isJpeg, isWebp, jpegSize, type Size, webpSize } from './whole-sizes.js';

/**
 * Opens an image that a caller gives in base64, or as a data: URL.
 * @throws SkillError 422 as `openImage`
 */
export function readImage(base64: string, field: string): Promise<Picture> {
  return openImage(Buffer.from(base64.replace(/^data:image\/[a-z+.-]+;base64,/, ''), 'base64'), field);
}

/**
 * Opens an image. Its bytes say what it is, whatever the caller says, and its header says its size before anything is
 * decompressed.
 * @throws SkillError 422 when it is none, a broken or a too large one
 */
export async function openImage(bytes: Buffer, field: string): Promise<Picture> {
  if (isPng(bytes)) {
    checkSize(pngSize(bytes), maxPixels, 'broken_png', field);
    return openPng(bytes, field);
  }
  const whole = wholeFormats.find(({ is }) => is(bytes));
  if (whole) return openWhole(whole, bytes, field);
  throw refused('not_an_image', field, 'is not a PNG, a JPEG, a WebP or an AVIF in base64');
}

function isPng(bytes: Buffer): boolean {
  const isSigned = bytes.length > 32 && bytes.subarray(0, 8).equals(pngSignature);
  return isSigned && bytes.toString('latin1', 12, 16) === 'IHDR';
}

interface WholeFormat {
  what: string;
  is: (bytes: Buffer) => boolean;
  /** What its header claims, or what is wrong with it. */
  size: (bytes: Buffer) => Size | string | undefined;
  most: number;
  decode: (bytes: Buffer) => Promise<Picture>;
}

const wholeFormats: WholeFormat[] = [
  { what: 'a JPEG', is: isJpeg, size: jpegSize, most: maxWholePixels, decode: decodeJpeg },
  { what: 'a WebP', is: isWebp, size: webpSize, most: maxWholePixels, decode: decodeWebp },
  { what: 'an AVIF', is: isAvif, size: avifSize, most: maxAvifPixels, decode: decodeAvif },
];

async function openWhole(format: WholeFormat, bytes: Buffer, field: string): Promise<Picture> {
  const size = format.size(bytes) ?? 'with a broken header';
  if (typeof size === 'string') throw refused('broken_image', field, `is ${format.what} ${size}`);
  checkSize(size, format.most, 'broken_image', field);
  try {
    return await format.decode(bytes);
  } catch (cause) {
    throw refused('broken_image', field, `is ${format.what} that cannot be decoded`, cause);
  }
}

function checkSize({ width, height }: Size, most: number, broken: string, field: string): void {
  if (width === 0 || height === 0) throw refused(broken, field, 'has no pixels');
  if (width * height > most) {
    const what = `has ${width} x ${height} pixels; at most ${most} are compared`;
    throw refused('image_too_large', field, what);
  }
}
