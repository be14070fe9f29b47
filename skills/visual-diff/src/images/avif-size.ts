import { av1Size } from './av1-size.js';
import { itemsOf } from './avif-items.js';
import { boxesOf, type FormatBox, onlyBox } from './boxes.js';
import type { Size } from './whole-sizes.js';

export function isAvif(bytes: Buffer): boolean {
  if (bytes.length < 16 || bytes.toString('latin1', 4, 8) !== 'ftyp') return false;
  return /avi[fs]/.test(bytes.toString('latin1', 8, bytes.readUInt32BE(0)));
}

/** One image has up to 4 layers, each a frame; each of more could be as large as the whole. */
const maxFrames = 4;

/** Other items are data about the image, or are put together from others. */
const dataTypes = new Set(['Exif', 'mime', 'uri ']);

/** What a browser does with an image and its decoder does not. */
const transforms = new Set(['irot', 'imir', 'clap']);

/**
 * The largest size that an AVIF claims anywhere: for its boxes, and in AV1 for each of its images, since a decoder
 * obeys that and then scales to the other.
 * @returns what is wrong with it when it is no still image that is read here
 */
export function avifSize(bytes: Buffer): Size | string {
  try {
    return sizeIn(bytes);
  } catch (error) {
    if (error instanceof RangeError) return broken;
    throw error;
  }
}

const broken = 'with a broken header';

function sizeIn(bytes: Buffer): Size | string {
  const boxes = boxesOf(bytes);
  if (bytes.toString('latin1', 8, 12) === 'avis' || boxes?.some(({ type }) => type === 'moov'))
    return 'with an animation';
  const body = boxes && onlyBox(boxes, 'meta');
  const meta = body && boxesOf(body.subarray(4));
  const properties = meta && propertiesOf(meta);
  const items = meta && itemsOf(bytes, meta);
  if (!properties || !items) return broken;
  if (properties.some(({ type }) => transforms.has(type)))
    return 'that is to be turned or cut, which is not done here';
  const images = items.filter(({ type }) => !dataTypes.has(type));
  const other = images.find(({ type }) => type !== 'av01');
  if (other) return `with an image that is not AV1 alone (${other.type.replace(/[^a-z0-9]/gi, '?')})`;
  const streams = images.map(({ data }) => av1Size(data));
  const sizes = [...streams, ...properties.flatMap(claimedSize)];
  const known = sizes.filter((size) => size !== undefined);
  if (images.length === 0 || known.length < sizes.length) return broken;
  if (streams.some((size) => size !== undefined && size.frames > maxFrames)) return 'with too many frames';
  return {
    width: Math.max(...known.map(({ width }) => width)),
    height: Math.max(...known.map(({ height }) => height)),
  };
}

function propertiesOf(meta: FormatBox[]): FormatBox[] | undefined {
  const properties = onlyBox(meta, 'iprp');
  const boxes = properties && boxesOf(properties);
  const container = boxes && onlyBox(boxes, 'ipco');
  return container && boxesOf(container);
}

function claimedSize({ type, body }: FormatBox): Size[] {
  return type === 'ispe' ? [{ width: body.readUInt32BE(4), height: body.readUInt32BE(8) }] : [];
}
