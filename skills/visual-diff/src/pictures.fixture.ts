import { crc32, deflateSync } from 'node:zlib';
import { PNG } from 'pngjs';

type Colour = [red: number, green: number, blue: number];

export const plainWhite: Colour = [255, 255, 255];
export const black: Colour = [0, 0, 0];

/** A PNG in base64, painted pixel by pixel. */
export function png(width: number, height: number, colourAt: (x: number, y: number) => Colour): string {
  const image = new PNG({ width, height });
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) image.data.set([...colourAt(x, y), 255], (y * width + x) * 4);
  }
  return PNG.sync.write(image).toString('base64');
}

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

export function blackOnWhite(width: number, height: number, ...boxes: Rectangle[]): string {
  return png(width, height, (x, y) => {
    const inside = boxes.some(
      (box) => x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height,
    );
    return inside ? black : plainWhite;
  });
}

/** A white PNG of greys, made without a copy of four bytes a pixel, and a black box in it. @param alpha whether its pixels have an alpha channel */
export function grey(width: number, height: number, box?: Rectangle, alpha = false): string {
  const bytes = alpha ? 2 : 1;
  const line = width * bytes + 1;
  const rows = Buffer.alloc(line * height, 255);
  for (let y = 0; y < height; y++) rows[y * line] = 0;
  for (let y = box?.y ?? 0; box && y < box.y + box.height; y++)
    for (let x = box.x; x < box.x + box.width; x++) rows[y * line + 1 + x * bytes] = 0;
  return forged(width, height, deflateSync(rows, { level: 1 }), 0, alpha ? 4 : 0);
}

/** 24 x 16 pixels in white with 8 x 8 in black at the upper left. */
export const jpeg =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wCEAAICAgICAgICAgIDAwIDAwQDAwMDBAYEBAQEBAYJBQYFBQYFCQgJBwcHCQgOCwkJCw4QDQwNEBMRERMYFxgfHyoBAgICAgICAgICAgMDAgMDBAMDAwMEBgQEBAQEBgkFBgUFBgUJCAkHBwcJCA4LCQkLDhANDA0QExERExgXGB8fKv/CABEIABAAGAMBEQACEQEDEQH/xAAnAAEBAAAAAAAAAAAAAAAAAAAACgEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEAMQAAAAn/L/AAAA/8QAFBABAAAAAAAAAAAAAAAAAAAAIP/aAAgBAQABPwBf/8QAFBEBAAAAAAAAAAAAAAAAAAAAIP/aAAgBAgEBPwBf/8QAFBEBAAAAAAAAAAAAAAAAAAAAIP/aAAgBAwEBPwBf/9k=';
export const avif =
  'AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUEAAADybWV0YQAAAAAAAAAoaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAGxpYmF2aWYAAAAADnBpdG0AAAAAAAEAAAAeaWxvYwAAAABEAAABAAEAAAABAAABGgAAACcAAAAoaWluZgAAAAAAAQAAABppbmZlAgAAAAABAABhdjAxQ29sb3IAAAAAamlwcnAAAABLaXBjbwAAABRpc3BlAAAAAAAAABgAAAAQAAAAEHBpeGkAAAAAAwgICAAAAAxhdjFDgSAAAAAAABNjb2xybmNseAACAAIABoAAAAAXaXBtYQAAAAAAAAABAAEEAQKDBAAAAC9tZGF0EgAKCDgQ7+wgQEDSMhlEYAAAEO0z0Luw7WTe9uxUD89p1kia9oNA';
export const webp =
  'UklGRjwAAABXRUJQVlA4IDAAAABwAgCdASoYABAAPhkIg0EhBgEABABhLSAAD2QAAP781C//+Un///KOL//+ULgAAAA=';

/** The JPEG above, with another size in its header and with empty scans at its end. */
export function jpegOf(width: number, height: number, scans = 0): string {
  const bytes = Buffer.from(jpeg, 'base64');
  const frame = bytes.indexOf(Buffer.from('ffc2', 'hex'));
  bytes.writeUInt16BE(height, frame + 5);
  bytes.writeUInt16BE(width, frame + 7);
  const scan = Buffer.from('ffda000c03010002110311003f00', 'hex');
  return Buffer.concat([
    bytes.subarray(0, -2),
    ...Array<Buffer>(scans).fill(scan),
    bytes.subarray(-2),
  ]).toString('base64');
}

export function webpOf(width: number, height: number): string {
  const bytes = Buffer.from(webp, 'base64');
  bytes.writeUInt16LE(width, 26);
  bytes.writeUInt16LE(height, 28);
  return bytes.toString('base64');
}

/** Any PNG at all: a header that says what it likes, and pixel data that need not fit. */
export function forged(width: number, height: number, data: Buffer, interlace = 0, colourType = 6): string {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colourType, 0, 0, interlace], 8);
  const chunk = (type: string, body: Buffer) => {
    const typed = Buffer.concat([Buffer.from(type, 'latin1'), body]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(body.length, 0);
    frame.writeUInt32BE(crc32(typed), 4);
    return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)]);
  };
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]).toString('base64');
}

/** The passes of Adam7: the first column and row of each, and its steps. https://www.w3.org/TR/png-3/ */
export const adam7Passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** A grey PNG in seven passes (Adam7), with a black box in it. */
export function interlaced(width: number, height: number, box: Rectangle): string {
  const bytes: number[] = [];
  for (const [left, top, stepX, stepY] of adam7Passes) {
    for (let y = top; y < height; y += stepY) {
      bytes.push(0);
      for (let x = left; x < width; x += stepX) {
        const isInside = x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
        bytes.push(isInside ? 0 : 255);
      }
    }
  }
  return forged(width, height, deflateSync(Buffer.from(bytes)), 1, 0);
}
