import type { Choice } from './unbundlable.js';

/** A package loads one of several others, and nothing says which. */
export class ChoiceError extends Error {
  override readonly name = 'ChoiceError';
}

/**
 * The packages that others load by a computed name, as Sequelize loads the driver of a database. Where only one is installed, it is that one.
 *
 * @param external names of packages that the manifest says are shipped
 * @throws ChoiceError where several are installed, and the manifest names none of them
 */
export function chosenPackages(choices: readonly Choice[], external: readonly string[]): string[] {
  return choices.flatMap(({ by, names }) => {
    if (names.some((name) => external.includes(name))) return [];
    if (names.length === 1) return names;
    throw new ChoiceError(
      `${by} loads one of these packages by a name that it computes when the service runs: ${names.join(', ')}. ` +
        'Name the one that the service uses in "external" of skill.json.',
    );
  });
}
