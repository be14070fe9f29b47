import type { Mark } from '@odoobo/app-platform';
import { filesNamed } from '@odoobo/git-flow';
import { basename } from 'node:path';
import { sharedPlacementsFile } from './placement-files.js';
import { placementsIn } from './placements-file.js';

type Named = Pick<NonNullable<Mark['placement']>, 'of' | 'environment' | 'name'>;

/** Of the placements of all skills. */
const all = '*';

/**
 * The placements in the files of all working trees, committed or not.
 * @throws AppSpecError for a file that is wrong: its placements would look deleted
 */
export async function namedPlacements(cwd: string): Promise<ReadonlySet<string>> {
  const files = await filesNamed([basename(sharedPlacementsFile)], { cwd });
  return new Set(
    files.flatMap(({ path, text }) => {
      const [, own] = /(?:^|\/)infra\/do-gradient\/(?:([^/]+)\/)?[^/]+$/.exec(path) ?? ['', ''];
      const of = own ?? all;
      return of === '' ? [] : placementsIn(text, path).map((one) => keyOf({ ...one, of }));
    }),
  );
}

/** Whether a file has this placement, for its skill or for all. */
export function isNamed(placement: Named, known: ReadonlySet<string>): boolean {
  return known.has(keyOf(placement)) || known.has(keyOf({ ...placement, of: all }));
}

function keyOf({ of, environment, name = '' }: Named): string {
  return [of, environment, name].join('/');
}
