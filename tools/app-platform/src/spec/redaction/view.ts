/** Bytes of a text, as they are or decoded, and the position in the text from which each byte comes. */
export interface View {
  readonly bytes: Buffer;
  /** The start and end in the text, in bytes, of what encodes each byte; without these, each byte is at its own position. */
  readonly starts?: Int32Array;
  readonly ends?: Int32Array;
}

/** A stretch of a text, in bytes: from `start` up to `end`. */
export interface Range {
  start: number;
  end: number;
}

/** The range of the text from which the bytes from `from` up to `to` come. */
export function sourceOf({ starts, ends }: View, from: number, to: number): Range {
  return { start: starts?.[from] ?? from, end: ends?.[to - 1] ?? to };
}

/** Creates a view from another one. */
export class ViewWriter {
  readonly #bytes: Buffer;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  #length = 0;

  /** @param capacity the most bytes that are added */
  constructor(
    readonly from: View,
    capacity: number,
  ) {
    this.#bytes = Buffer.allocUnsafe(capacity);
    this.#starts = new Int32Array(capacity);
    this.#ends = new Int32Array(capacity);
  }

  /** Adds a byte that the bytes from `from` up to `to` of the other view encode. */
  add(byte: number, from: number, to: number): void {
    this.#bytes[this.#length] = byte;
    this.#starts[this.#length] = this.from.starts?.[from] ?? from;
    this.#ends[this.#length] = this.from.ends?.[to - 1] ?? to;
    this.#length += 1;
  }

  /** Copies the bytes from `from` up to `to` of the other view. */
  copy(from: number, to: number): void {
    const { bytes, starts, ends } = this.from;
    for (let index = from; index < to; index += 1) {
      this.#bytes[this.#length] = bytes[index] ?? 0;
      this.#starts[this.#length] = starts?.[index] ?? index;
      this.#ends[this.#length] = ends?.[index] ?? index + 1;
      this.#length += 1;
    }
  }

  view(): View {
    return {
      bytes: this.#bytes.subarray(0, this.#length),
      starts: this.#starts.subarray(0, this.#length),
      ends: this.#ends.subarray(0, this.#length),
    };
  }
}

/**
 * A view in which each match of a pattern is replaced by what `write` adds for it, at most as many bytes as the match. The same
 * view if nothing matches. The pattern sees each byte as one character.
 */
export function rewrite(
  view: View,
  pattern: RegExp,
  write: (match: string, index: number, writer: ViewWriter) => void,
): View {
  const text = view.bytes.toString('latin1');
  let writer: ViewWriter | undefined;
  let copied = 0;
  for (const { 0: match, index } of text.matchAll(pattern)) {
    writer ??= new ViewWriter(view, text.length);
    writer.copy(copied, index);
    write(match, index, writer);
    copied = index + match.length;
  }
  writer?.copy(copied, text.length);
  return writer?.view() ?? view;
}
