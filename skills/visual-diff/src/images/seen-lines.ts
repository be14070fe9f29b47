/** Scanlines that are kept: more than are read of one picture before the same ones of the other. */
const kept = 128;

export interface Line {
  number: number;
  /** Bytes from one pixel to the next, which the filter depends on. */
  step: number;
  /** With the byte that names the filter. */
  filtered: Uint8Array;
  plain: Uint8Array;
}

/**
 * The last scanlines of one picture, filtered and not, so that another one that has the same need not take off their
 * filters again: of two screenshots of a page, most are the same, and nothing else takes as long.
 */
export class SeenLines {
  readonly #lines: Line[] = [];

  /** Keeps a line that still has its filter. @returns what is kept, to which `plain` is added */
  keep(number: number, step: number, filtered: Uint8Array): Line {
    const old = this.#lines[number % kept];
    if (old?.filtered.length !== filtered.length) {
      const plain = new Uint8Array(filtered.length - 1);
      return (this.#lines[number % kept] = { number, step, filtered: filtered.slice(), plain });
    }
    [old.number, old.step] = [number, step];
    old.filtered.set(filtered);
    return old;
  }

  get(number: number, step: number): Line | undefined {
    const line = this.#lines[number % kept];
    return line?.number === number && line.step === step ? line : undefined;
  }
}

/** How a picture is read beside another: its lines are kept for that one, or it looks at what the other one has kept. */
export interface Beside {
  keep?: SeenLines;
  other?: SeenLines;
}

export function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
