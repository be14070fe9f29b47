import { parse, type Statement } from 'pgsql-ast-parser';

/** Brackets in each other. A statement that a person or a model writes has a dozen. */
const deepest = 250;

/**
 * Parses SQL as PostgreSQL reads it. The parser takes 25 kB for each bracket that is open, so brackets without end in a request
 * that is otherwise within its bounds would take a gigabyte, and the instance with it.
 * @throws Error that says what cannot be read, and where
 */
export function parseSql(sql: string): Statement[] {
  let depth = 0;
  for (const [index, character] of [...sql].entries()) {
    if (character === '(' || character === '[') depth += 1;
    else if (character === ')' || character === ']') depth = Math.max(0, depth - 1);
    if (depth > deepest) throw new Error(`more than ${deepest} brackets are open at character ${index + 1}`);
  }
  return parse(sql);
}
