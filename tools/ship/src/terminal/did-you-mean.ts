import { closestMatch } from 'leven';

/** The name that is closest to a mistyped one; undefined if none is close. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  const spelled = new Map(names.map((name) => [plain(name), name]));
  const word = plain(typed);
  const known = [...spelled.keys()];
  const match =
    swaps(word).find((swapped) => spelled.has(swapped)) ??
    closestMatch(word, known, { maxDistance: tolerance(word) }) ??
    known.find((name) => word.length > 2 && name.startsWith(word));
  return match === undefined ? undefined : spelled.get(match);
}

/** ` Did you mean "deploy"?`, or nothing. */
export function didYouMean(typed: string, names: readonly string[]): string {
  const name = nearest(typed, names);
  return name === undefined ? '' : ` Did you mean "${name}"?`;
}

/** `smoke-test` and `smokeTest` count as the same name. */
function plain(name: string): string {
  return name.replaceAll(/[-_]/g, '').toLowerCase();
}

/** How many letters may differ: `clean` must not match `plan`. */
function tolerance({ length }: string): number {
  return Math.min(3, Math.max(1, Math.floor(length / 3)));
}

/** The word with two neighbouring letters swapped: the most common slip, which counts as two differences. */
function swaps(word: string): string[] {
  return [...word].slice(1).map((_, index) => {
    const [one = '', other = ''] = word.slice(index);
    return `${word.slice(0, index)}${other}${one}${word.slice(index + 2)}`;
  });
}
