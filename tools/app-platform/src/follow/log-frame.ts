/** Some of a log, as it came. */
export interface LogFrame {
  text: string;
  /** After which the log goes on, where the platform says so. */
  position?: string | undefined;
}

/** How many lines are remembered: no less than are asked for again. */
const remembered = 1_000;

/**
 * Leaves out what a log says again after its connection was lost. A platform that gives positions says nothing again; of
 * others the lines are compared, which have the time at which they were printed.
 */
export class AlreadySaid {
  #lines: string[] = [];
  /** While what comes was said before. */
  #again: Set<string> | undefined;

  /** From now on lines may come that were said. */
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
