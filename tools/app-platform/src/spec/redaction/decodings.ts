import { type View, ViewWriter } from './view.js';

/** The value of a digit of base64 in either alphabet (RFC 4648, 4 and 5). */
const sextets = new Int8Array(256).fill(-1);
for (const last of ['+/', '-_']) {
  const digits = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${last}`;
  for (const [value, digit] of Buffer.from(digits).entries()) sextets[digit] = value;
}

/** Tools break base64 into lines of 64 or 76 digits; only the last line may be shorter. */
const shortestLine = 40;

/**
 * Decodes every part of a view that may be base64, hex or a list of byte values. Nearly every word may be, so only results count
 * that contain text, at least as long as a secret.
 */
export class Decoder {
  readonly #isText = Uint8Array.from({ length: 256 }, (_, byte) =>
    Number((byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13),
  );
  readonly #hex: RegExp;
  readonly #numbers: RegExp;

  /**
   * @param patterns bytes that count as text, in addition to ASCII
   * @param least the required number of bytes of text in a row
   */
  constructor(
    patterns: readonly Buffer[],
    private readonly least: number,
  ) {
    for (const pattern of patterns) for (const byte of pattern) this.#isText[byte] = 1;
    this.#hex = new RegExp(String.raw`(?:[\da-f]{2}\W{0,3}(?:0x)?){${least},}[\da-f]?`, 'gi');
    this.#numbers = new RegExp(String.raw`\b\d{1,3}(?:[,+\s][+\s]*\d{1,3}\b){${least - 1},}`, 'g');
  }

  *decode(view: View): Generator<View> {
    for (const [start, end] of base64Runs(view.bytes, Math.ceil((this.least * 4) / 3)))
      yield* this.#fromBase64(view, start, end);
    const text = view.bytes.toString('latin1');
    for (const { 0: run, index } of text.matchAll(this.#hex)) yield* this.#fromHex(view, run, index);
    for (const { 0: run, index } of text.matchAll(this.#numbers)) yield* this.#fromNumbers(view, run, index);
  }

  *#fromBase64(view: View, start: number, end: number): Generator<View> {
    const run = digitsOf(view.bytes, start, end);
    // The text before it may consist of such digits too: any of the first four may begin a group.
    for (let offset = 0; offset < 4; offset += 1) {
      const count = Math.floor(((run.count - offset) * 3) / 4);
      const byteAt = (index: number) => byteOf(run, offset, index);
      if (this.#holdsText(count, byteAt)) yield base64View(view, run, offset, count);
    }
  }

  /** An odd digit may precede it. */
  *#fromHex(view: View, run: string, index: number): Generator<View> {
    const digits = run.replace(/0x|\W/gi, '');
    for (const offset of [0, 1]) {
      const bytes = Buffer.from(digits.slice(offset), 'hex');
      if (this.#holdsText(bytes.length, (at) => bytes[at] ?? 0))
        yield hexView(view, bytes, run, index, offset);
    }
  }

  *#fromNumbers(view: View, run: string, index: number): Generator<View> {
    const numbers = [...run.matchAll(/\d+/g)];
    const bytes = Buffer.from(numbers.map(([number]) => Number(number)));
    if (!this.#holdsText(bytes.length, (at) => bytes[at] ?? 0)) return;
    const writer = new ViewWriter(view, bytes.length);
    for (const [at, { 0: number, index: place }] of numbers.entries())
      writer.add(bytes[at] ?? 0, index + place, index + place + number.length);
    yield writer.view();
  }

  /** Checks only every `least`-th byte, and from text bytes backwards. */
  #holdsText(count: number, byteAt: (index: number) => number): boolean {
    let last = this.least - 1;
    while (last < count) {
      let index = last;
      while (index > last - this.least && this.#isText[byteAt(index)] === 1) index -= 1;
      if (index === last - this.least) return true;
      last = index + this.least;
    }
    return false;
  }
}

/** Runs of at least `least` digits; lines that are long enough are joined with the next one. */
function* base64Runs(bytes: Buffer, least: number): Generator<[start: number, end: number]> {
  for (let at = 0; at < bytes.length; at += 1) {
    if ((sextets[bytes[at] ?? 0] ?? -1) < 0) continue;
    const start = at;
    let line = at;
    for (;;) {
      while ((sextets[bytes[at] ?? 0] ?? -1) >= 0 && at < bytes.length) at += 1;
      const next = at - line < shortestLine ? at : nextLine(bytes, at);
      if (next === at) break;
      at = next;
      line = next;
    }
    if (at - start >= least) yield [start, at];
  }
}

/** Where the digits continue after a line end and an indent; `at` if they do not. */
function nextLine(bytes: Buffer, at: number): number {
  const lineEnd = bytes[at] === 13 ? at + 1 : at;
  if (bytes[lineEnd] !== 10) return at;
  let next = lineEnd + 1;
  while (bytes[next] === 0x20 || bytes[next] === 9) next += 1;
  return (sextets[bytes[next] ?? 0] ?? -1) < 0 ? at : next;
}

function hexView(view: View, bytes: Buffer, run: string, index: number, offset: number): View {
  const writer = new ViewWriter(view, bytes.length);
  const digit = /[\da-f](?!x)/gi;
  for (let skipped = 0; skipped < offset; skipped += 1) digit.exec(run);
  for (const byte of bytes) {
    digit.exec(run);
    const start = index + digit.lastIndex - 1;
    digit.exec(run);
    writer.add(byte, start, index + digit.lastIndex);
  }
  return writer.view();
}

/** Digits in a row, or in several lines: then with the position of each. */
interface Digits {
  bytes: Buffer;
  start: number;
  count: number;
  places?: readonly number[];
}

function digitsOf(bytes: Buffer, start: number, end: number): Digits {
  const row = { bytes, start, count: end - start };
  if (!bytes.subarray(start, end).includes(10)) return row;
  const places = [...bytes.subarray(start, end).keys()]
    .map((index) => start + index)
    .filter((at) => (sextets[bytes[at] ?? 0] ?? -1) >= 0);
  return { ...row, places, count: places.length };
}

function placeOf({ start, places }: Digits, index: number): number {
  return places ? (places[index] ?? 0) : start + index;
}

/** Four digits encode three bytes: each byte is the end of one digit and the beginning of the next. */
function byteOf(digits: Digits, offset: number, index: number): number {
  const kind = index % 3;
  const digit = offset + ((index - kind) / 3) * 4 + kind;
  const first = sextets[digits.bytes[placeOf(digits, digit)] ?? 0] ?? 0;
  const second = sextets[digits.bytes[placeOf(digits, digit + 1)] ?? 0] ?? 0;
  return ((first << (2 + 2 * kind)) | (second >> (4 - 2 * kind))) & 0xff;
}

function base64View(view: View, digits: Digits, offset: number, count: number): View {
  const writer = new ViewWriter(view, count);
  for (let index = 0; index < count; index += 1) {
    const digit = offset + Math.floor(index / 3) * 4 + (index % 3);
    writer.add(byteOf(digits, offset, index), placeOf(digits, digit), placeOf(digits, digit + 1) + 1);
  }
  return writer.view();
}
