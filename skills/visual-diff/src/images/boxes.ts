/** A box of the ISO base media file format (ISO/IEC 14496-12, 4.2). */
export interface FormatBox {
  type: string;
  body: Buffer;
}

/** The boxes that `bytes` are made of. @returns undefined when one of them ends elsewhere */
export function boxesOf(bytes: Buffer): FormatBox[] | undefined {
  const boxes: FormatBox[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + 8 > bytes.length) return undefined;
    const type = bytes.toString('latin1', at + 4, at + 8);
    const { head, length } = extentOf(bytes, at);
    if (length < head || at + length > bytes.length) return undefined;
    boxes.push({ type, body: bytes.subarray(at + head, at + length) });
    at += length;
  }
  return boxes;
}

function extentOf(bytes: Buffer, at: number): { head: number; length: number } {
  const length = bytes.readUInt32BE(at);
  // 0: to the end. 1: the length is behind the type, in 8 bytes.
  if (length === 0) return { head: 8, length: bytes.length - at };
  if (length !== 1 || at + 16 > bytes.length) return { head: 8, length };
  return { head: 16, length: Number(bytes.readBigUInt64BE(at + 8)) };
}

/** The body of the only box of this type. @returns undefined when there is none, or more than one: decoders differ then */
export function onlyBox(boxes: FormatBox[], type: string): Buffer | undefined {
  const [box, ...more] = boxes.filter((each) => each.type === type);
  return more.length === 0 ? box?.body : undefined;
}

/** Reads numbers of a box one after the other. @throws RangeError beyond its end */
export class Fields {
  constructor(
    private readonly bytes: Buffer,
    private at = 0,
  ) {}

  /** A number of so many bytes; 0 bytes are 0. */
  read(bytes: number): number {
    this.at += bytes;
    if (bytes === 0) return 0;
    if (bytes === 8) return Number(this.bytes.readBigUInt64BE(this.at - 8));
    return this.bytes.readUIntBE(this.at - bytes, bytes);
  }
}
