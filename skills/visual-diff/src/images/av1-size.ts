import type { Size } from './whole-sizes.js';

/** What is decoded of one image of an AVIF. */
export interface Av1 extends Size {
  frames: number;
}

/**
 * What the headers in a stream of AV1 claim: the largest size, which its decoder refuses to exceed, and the number of
 * frames. The stream is made of units (AV1, 5.3) that each say what they are and how long.
 * @returns undefined when a unit does not end, or when none of them says a size
 */
export function av1Size(stream: Buffer): Av1 | undefined {
  const found = { width: 0, height: 0, frames: 0 };
  for (let at = 0; at < stream.length;) {
    const unit = unitAt(stream, at);
    if (!unit) return undefined;
    if (unit.type === 1) {
      const { width, height } = sequenceSize(new Bits(stream.subarray(unit.start, unit.end)));
      found.width = Math.max(found.width, width);
      found.height = Math.max(found.height, height);
    }
    if (unit.type === 3 || unit.type === 6) found.frames++;
    at = unit.end;
  }
  return found.width > 0 ? found : undefined;
}

function unitAt(stream: Buffer, at: number): { type: number; start: number; end: number } | undefined {
  const first = stream[at] ?? 0;
  const type = (first >> 3) & 15;
  const lengthAt = at + (first & 4 ? 2 : 1);
  if ((first & 2) === 0) return { type, start: lengthAt, end: stream.length };
  let length = 0;
  for (let i = 0; i < 8; i++) {
    const byte = stream[lengthAt + i];
    if (byte === undefined) return undefined;
    length += (byte & 127) * 128 ** i;
    if (byte > 127) continue;
    const start = lengthAt + i + 1;
    return start + length <= stream.length ? { type, start, end: start + length } : undefined;
  }
  return undefined;
}

/** The size in a sequence header (AV1, 5.5.1), which is behind everything about time. */
function sequenceSize(bits: Bits): Size {
  bits.skip(4);
  if (bits.flag()) bits.skip(5);
  else skipTiming(bits);
  const [widthBits, heightBits] = [bits.read(4) + 1, bits.read(4) + 1];
  return { width: bits.read(widthBits) + 1, height: bits.read(heightBits) + 1 };
}

function skipTiming(bits: Bits): void {
  let delayBits = 0;
  if (bits.flag()) {
    bits.skip(64);
    if (bits.flag()) bits.skipExponential();
    if (bits.flag()) {
      delayBits = bits.read(5) + 1;
      bits.skip(42);
    }
  }
  const hasDisplayDelay = bits.flag();
  const points = bits.read(5) + 1;
  for (let point = 0; point < points; point++) {
    bits.skip(12);
    if (bits.read(5) > 7) bits.skip(1);
    if (delayBits > 0 && bits.flag()) bits.skip(delayBits * 2 + 1);
    if (hasDisplayDelay && bits.flag()) bits.skip(4);
  }
}

/** Reads a header of whole bits, the highest one first. Beyond the end are zeros. */
class Bits {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  read(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.#at++)
      value = value * 2 + (((this.bytes[this.#at >> 3] ?? 0) >> (7 - (this.#at & 7))) & 1);
    return value;
  }

  flag(): boolean {
    return this.read(1) === 1;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** Skips a number of unknown length (AV1, 4.10.3): as many bits follow its first one as there are zeros before that. */
  skipExponential(): void {
    let zeros = 0;
    while (zeros < 32 && !this.flag()) zeros++;
    this.skip(zeros);
  }
}
