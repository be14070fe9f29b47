import { SkillError } from '@odoobo/skill-kit';
import { PNG } from 'pngjs';
import { maxPixels } from '../schema.js';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * Decodes a PNG that a caller gives in base64.
 * @throws SkillError 422 as `decodePng`
 */
export function readPng(base64: string, field: string): PNG {
  return decodePng(Buffer.from(base64.replace(/^data:image\/png;base64,/, ''), 'base64'), field);
}

/**
 * Decodes a PNG. Its size is read from the header first: a few kilobytes can claim gigabytes.
 * @throws SkillError 422 when it is no PNG, a broken, an interlaced or a too large one
 */
export function decodePng(bytes: Buffer, field: string): PNG {
  checkHeader(bytes, field);
  try {
    return PNG.sync.read(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refused('broken_png', field, `is a broken PNG: ${reason}`, cause);
  }
}

/** The first chunk is IHDR: width at byte 16, height at 20, interlacing at 28 (PNG, third edition, 11.2.1). */
function checkHeader(bytes: Buffer, field: string): void {
  const isPng = bytes.length > 32 && bytes.subarray(0, 8).equals(signature);
  if (!isPng || bytes.toString('latin1', 12, 16) !== 'IHDR')
    throw refused('not_a_png', field, 'is not a PNG in base64');
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  if (width === 0 || height === 0) throw refused('broken_png', field, 'has no pixels');
  if (width * height > maxPixels) {
    throw refused(
      'image_too_large',
      field,
      `has ${width} x ${height} pixels; at most ${maxPixels} are compared`,
    );
  }
  // The decoder bounds what it inflates by the size of the image, except here.
  if (bytes[28] !== 0) throw refused('interlaced_png', field, 'is interlaced. Save it without interlacing');
}

function refused(code: string, field: string, what: string, cause?: unknown): SkillError {
  const details = [{ path: `input/${field}`, message: what }];
  return new SkillError(422, code, `Image "${field}" ${what}.`, { details, cause });
}
