/** A field of a protobuf message as it is on the wire (https://protobuf.dev/programming-guides/encoding/). */
type Value = bigint | Buffer;

/** Reads the fields of a message by their numbers. It reads what tests receive, and no schema. */
export class Message {
  readonly #fields = new Map<number, Value[]>();

  constructor(bytes: Buffer) {
    const reader = new Reader(bytes);
    while (!reader.isAtEnd) {
      const { field, value } = reader.next();
      this.#fields.set(field, [...(this.#fields.get(field) ?? []), value]);
    }
  }

  messages(field: number): Message[] {
    return this.#of(field).map((value) => new Message(asBytes(value)));
  }

  message(field: number): Message | undefined {
    return this.messages(field)[0];
  }

  text(field: number): string | undefined {
    const value = this.#of(field)[0];
    return value === undefined ? undefined : asBytes(value).toString('utf8');
  }

  hex(field: number): string {
    const value = this.#of(field)[0];
    return value === undefined ? '' : asBytes(value).toString('hex');
  }

  integer(field: number): bigint | undefined {
    const value = this.#of(field)[0];
    return typeof value === 'bigint' ? value : undefined;
  }

  /** A 64-bit floating point number. */
  double(field: number): number | undefined {
    const value = this.integer(field);
    if (value === undefined) return undefined;
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    return bytes.readDoubleLE();
  }

  #of(field: number): Value[] {
    return this.#fields.get(field) ?? [];
  }
}

function asBytes(value: Value): Buffer {
  if (typeof value === 'bigint') throw new Error('A number is where a message or text was expected.');
  return value;
}

class Reader {
  #at = 0;

  constructor(private readonly bytes: Buffer) {}

  get isAtEnd(): boolean {
    return this.#at >= this.bytes.length;
  }

  next(): { field: number; value: Value } {
    const tag = Number(this.#varint());
    return { field: tag >> 3, value: this.#value(tag & 7) };
  }

  #value(type: number): Value {
    if (type === 0) return this.#varint();
    if (type === 1) return this.#take(8).readBigUInt64LE();
    if (type === 2) return this.#take(Number(this.#varint()));
    if (type === 5) return BigInt(this.#take(4).readUInt32LE());
    throw new Error(`Wire type ${type} is none of protobuf's.`);
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#take(1).readUInt8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  #take(length: number): Buffer {
    const taken = this.bytes.subarray(this.#at, this.#at + length);
    if (taken.length < length) throw new Error('The message is cut off.');
    this.#at += length;
    return taken;
  }
}
