import { ApiError } from '../errors/api-error.js';

/** An app spec has some eight levels. */
export const deepestBody = 50;

/**
 * Refuses what nests too deeply. What reads a document does so by recursion, and that must not come near the end of the
 * stack: V8 ends the whole process when there is none left while it compiles a regular expression.
 * @throws ApiError 400
 */
export function requireShallow(document: unknown, deepest = deepestBody): void {
  // Level by level, without recursion; each object once, however many aliases lead to it.
  let level = new Set([document]);
  for (let depth = 0; level.size > 0; depth++) {
    if (depth > deepest) throw new ApiError(400, 'The body nests too deeply for an app spec.');
    const below = [...level].flatMap((value): unknown[] =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
    level = new Set(below);
  }
}
