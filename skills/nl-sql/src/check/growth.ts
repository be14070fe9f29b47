import type { Expr, ExprCall } from 'pgsql-ast-parser';

/** How much longer all replacements of a query together may make a text. */
const maxGrowth = 10_000;
const maxWidth = 1_000;

/** Counts how far a query can blow a text up: a replacement within a replacement would turn a short one into a gigabyte. */
export class Growth {
  #factor = 1;

  /** What is wrong with a call; undefined when it keeps texts short. */
  problemWith({ function: { name }, args }: ExprCall): string | undefined {
    if (name === 'lpad' || name === 'rpad') return widthProblem(name, args[1]);
    if (name !== 'replace' && name !== 'regexp_replace') return undefined;
    const [, from, to] = args;
    const replacement = to?.type === 'string' ? to.value.length : undefined;
    if (replacement === undefined) return `the replacement of ${name} must be a plain text`;
    const replaced = name === 'replace' && from?.type === 'string' ? Math.max(1, from.value.length) : 1;
    // A pattern may match between any two characters.
    this.#factor *= Math.max(1, name === 'replace' ? replacement / replaced : replacement + 1);
    return this.#factor <= maxGrowth
      ? undefined
      : 'its replacements could make a text too long: use fewer or shorter ones';
  }
}

function widthProblem(name: string, width: Expr | undefined): string | undefined {
  const isShort = width?.type === 'integer' && width.value <= maxWidth;
  return isShort ? undefined : `the width of ${name} must be a number of at most ${maxWidth}`;
}
