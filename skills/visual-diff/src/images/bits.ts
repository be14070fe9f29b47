/** Reads a header of whole bits, the highest one first. Beyond the end are zeros. */
export class Bits {
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
