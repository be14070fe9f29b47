import { boxesOf, Fields, type FormatBox, onlyBox } from './boxes.js';

/** A thing in an AVIF: an image, or what is said about one. */
export interface Item {
  /** Such as av01, an image in AV1, or grid, one that is put together from others. */
  type: string;
  data: Buffer;
}

/**
 * The items of an AVIF, with their bytes (ISO/IEC 14496-12, 8.11).
 * @param meta the boxes in its meta box
 * @returns undefined where this cannot be read in one way only
 * @throws RangeError where a box is too short
 */
export function itemsOf(bytes: Buffer, meta: FormatBox[]): Item[] | undefined {
  const [info, places] = [onlyBox(meta, 'iinf'), onlyBox(meta, 'iloc')];
  if (!info || !places) return undefined;
  const [types, data] = [typesOf(info), dataOf(places, bytes, onlyBox(meta, 'idat'))];
  if (!types || !data) return undefined;
  return [...types].map(([id, type]) => ({ type, data: data.get(id) ?? Buffer.alloc(0) }));
}

function typesOf(info: Buffer): Map<number, string> | undefined {
  const entries = boxesOf(info.subarray(info[0] === 0 ? 6 : 8));
  if (!entries) return undefined;
  const types = new Map<number, string>();
  for (const { type, body } of entries) {
    const [version, wide] = [body[0] ?? 0, body[0] === 3];
    const id = body.readUIntBE(4, wide ? 4 : 2);
    if (type !== 'infe' || version < 2 || version > 3 || types.has(id)) return undefined;
    types.set(id, body.toString('latin1', wide ? 10 : 8, wide ? 14 : 12));
  }
  return types;
}

function dataOf(places: Buffer, file: Buffer, own: Buffer | undefined): Map<number, Buffer> | undefined {
  const version = places[0] ?? 0;
  const fields = new Fields(places, 4);
  const sizes = fields.read(2);
  const [offsetBytes, lengthBytes, baseBytes] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexBytes = version > 0 ? sizes & 15 : 0;
  if (
    version > 2 ||
    [offsetBytes, lengthBytes, baseBytes, indexBytes].some((size) => ![0, 4, 8].includes(size))
  )
    return undefined;
  const data = new Map<number, Buffer>();
  const idBytes = version === 2 ? 4 : 2;
  for (let left = fields.read(idBytes); left > 0; left--) {
    const id = fields.read(idBytes);
    const method = version > 0 ? fields.read(2) & 15 : 0;
    const elsewhere = fields.read(2);
    const base = fields.read(baseBytes);
    const source = [file, own][method];
    if (!source || elsewhere !== 0 || data.has(id)) return undefined;
    const parts: Buffer[] = [];
    for (let extents = fields.read(2); extents > 0; extents--) {
      fields.read(indexBytes);
      const start = base + fields.read(offsetBytes);
      const length = fields.read(lengthBytes);
      parts.push(source.subarray(start, length === 0 ? source.length : start + length));
    }
    // Many extents may name the same bytes.
    if (parts.reduce((total, part) => total + part.length, 0) > file.length) return undefined;
    data.set(id, Buffer.concat(parts));
  }
  return data;
}
