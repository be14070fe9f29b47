/** A part of a log, as it arrived. */
export interface LogFrame {
  text: string;
  /** The position at which the log continues, if the platform reports it. */
  position?: string | undefined;
}

/** How many lines are remembered: at least as many as are requested again. */
const remembered = 1_000;

/**
 * Drops lines that a log repeats after its connection was lost. A platform that gives positions repeats nothing; for
 * others the lines are compared, which contain the time at which they were printed.
 */
export class AlreadySaid {
  #lines: string[] = [];
  /** Set while repeated lines arrive. */
  #again: Set<string> | undefined;

  /** From now on, lines may be repeated. */
  comesAgain(): void {
    this.#again = new Set(this.#lines);
  }

  whatIsNew({ text, position }: LogFrame): string {
    if (position !== undefined) return text;
    const lines = text.split(/(?<=\n)/).filter((line) => this.#isNew(line));
    this.#lines = [...this.#lines, ...lines].slice(-remembered);
    return lines.join('');
  }

  #isNew(line: string): boolean {
    if (this.#again?.has(line)) return false;
    this.#again = undefined;
    return true;
  }
}
