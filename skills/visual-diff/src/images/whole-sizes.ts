export interface Size {
  width: number;
  height: number;
}

export function isJpeg(bytes: Buffer): boolean {
  return bytes.length > 3 && bytes.readUIntBE(0, 3) === 0xffd8ff;
}

export function isWebp(bytes: Buffer): boolean {
  return (
    bytes.length > 30 &&
    bytes.toString('latin1', 0, 4) === 'RIFF' &&
    bytes.toString('latin1', 8, 12) === 'WEBP'
  );
}

/** A picture is written in this many scans at most; each of more could make a decoder walk through all pixels. */
const maxScans = 100;

const endOfImage = Buffer.from([0xff, 0xd9]);

/**
 * The size that the frame header of a JPEG claims (ITU-T T.81, B.2.2); the largest, should there be several.
 * @returns undefined when there is none, when the picture has more scans than any program writes, or does not end
 */
export function jpegSize(bytes: Buffer): Size | undefined {
  let [scans, lastScan, width, height] = [0, 0, 0, 0];
  for (let at = nextMarker(bytes, 2); at >= 0 && at + 9 < bytes.length;) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xda) [scans, lastScan] = [scans + 1, at];
    // C4, C8 and CC are no frames.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      height = Math.max(height, bytes.readUInt16BE(at + 5));
      width = Math.max(width, bytes.readUInt16BE(at + 7));
    }
    at = nextMarker(bytes, at + 2 + bytes.readUInt16BE(at + 2));
  }
  const ends = bytes.indexOf(endOfImage, lastScan) > 0;
  return width > 0 && height > 0 && ends && scans <= maxScans ? { width, height } : undefined;
}

/** The next marker with a segment: in pixel data, 0xff is followed by 0 or a restart. @returns -1 at the end */
function nextMarker(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const marker = bytes[at + 1] ?? 0;
    if (marker >= 0xc0 && marker < 0xff && !(marker >= 0xd0 && marker <= 0xd9)) return at;
  }
  return -1;
}

/** The size that the first chunk of a WebP claims (RFC 9649, 2.4 to 2.7); the decoder refuses other frames. */
export function webpSize(bytes: Buffer): Size | undefined {
  const type = bytes.toString('latin1', 12, 16);
  if (type === 'VP8X') return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
  if (type === 'VP8 ')
    return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
  if (type !== 'VP8L') return undefined;
  const bits = bytes.readUInt32LE(21);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}
