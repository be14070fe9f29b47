/** How many levels a document may have; an App Spec has some eight. */
export const deepestDocument = 50;

/**
 * Whether a value nests at most so many levels; one that contains itself, as an alias of YAML can, does not. Whatever walks a value by
 * recursion needs this first: V8 ends the whole process if no stack is left while it compiles a regular expression.
 */
export function isShallow(value: unknown, deepest = deepestDocument): boolean {
  // Level by level, without recursion; each object once, however many aliases lead to it.
  let level = new Set([value]);
  for (let depth = 0; level.size > 0; depth++) {
    if (depth > deepest) return false;
    const below = [...level].flatMap((one): unknown[] =>
      typeof one === 'object' && one !== null ? Object.values(one) : [],
    );
    level = new Set(below);
  }
  return true;
}
