import { posix } from 'node:path';
import * as z from 'zod';
import type { ChangedFile } from '../diff/parse-diff.js';
import type { WholeFiles } from '../diff/whole-files.js';
import { quoted } from '../rules/quoted.js';
import type { Issue, LockfileSync } from '../schema.js';
import { type Dependency, ecosystems, type Lockfile } from './ecosystems.js';

export interface LockfileAlone {
  stale: LockfileSync['stale'][number];
  issue: Issue | undefined;
}

/** Ranges that every lockfile repeats; protocols such as `workspace:` are written in as many ways as there are tools. */
const plainRange = /^(?:[\^~<>=v]{0,2}\d[^:]*|\*)$/;

const ranges = z.record(z.string(), z.string()).default({});
const manifestSchema = z.object({
  dependencies: ranges,
  devDependencies: ranges,
  optionalDependencies: ranges,
});

/**
 * Lockfiles that were changed alone and do not hold what the package.json beside them asks for: they were written for
 * another one. Only the whole repository shows that; the other ecosystems' lockfiles name no range to compare.
 */
export async function lockfilesAlone(
  files: ChangedFile[],
  whole: WholeFiles | undefined,
): Promise<LockfileAlone[]> {
  if (!whole) return [];
  const changed = new Set(files.map(({ path }) => path));
  const looked = files.map(async (file) => {
    const manifest = posix.join(posix.dirname(file.path), 'package.json');
    const lockfile = npmLockfile(file);
    return !lockfile || changed.has(manifest) ? [] : missingIn(file, lockfile, manifest, whole);
  });
  return (await Promise.all(looked)).flat();
}

function npmLockfile({ path, status }: ChangedFile): Lockfile | undefined {
  if (status === 'deleted') return undefined;
  const name = posix.basename(path);
  return ecosystems
    .find(({ manifest }) => manifest.test('package.json'))
    ?.lockfiles('package.json')
    .find((lockfile) => lockfile.name === name);
}

async function missingIn(
  file: ChangedFile,
  { records }: Lockfile,
  manifest: string,
  whole: WholeFiles,
): Promise<LockfileAlone[]> {
  const [asked, held] = await Promise.all([whole.read(manifest), whole.read(file.path)]);
  if (asked === undefined || held === undefined || !records) return [];
  const missing = plainDependencies(asked).filter(
    (each) => !records(each).some((record) => held.includes(record)),
  );
  if (missing.length === 0) return [];
  const dependencies = missing.map(({ name }) => name);
  return [
    {
      stale: { manifest, expected_one_of: [file.path], dependencies },
      issue: issueOf(file, manifest, dependencies),
    },
  ];
}

function plainDependencies(manifest: string): Dependency[] {
  const parsed = manifestSchema.safeParse(parseJson(manifest));
  if (!parsed.success) return [];
  return Object.values(parsed.data)
    .flatMap((section) => Object.entries(section))
    .map(([name, range]) => ({ name, range }))
    .filter(({ range }) => plainRange.test(range));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** On the first line that the change touches; a lockfile that GitHub shows no lines of has none. */
function issueOf(file: ChangedFile, manifest: string, dependencies: string[]): Issue | undefined {
  const [added, removed] = [file.added[0], file.removed[0]];
  const line = added?.line ?? removed?.line;
  if (line === undefined) return undefined;
  const more = dependencies.length > 5 ? ` and ${dependencies.length - 5} more` : '';
  return {
    type: 'dependency',
    severity: 'medium',
    file: file.path,
    line,
    side: added ? 'RIGHT' : 'LEFT',
    message: `This lockfile changed alone, and does not hold ${dependencies.slice(0, 5).map(quoted).join(', ')}${more} as ${quoted(manifest)} asks for: an installation from it fails or changes it.`,
    suggestion: 'Run the install command of your package manager, and commit the lockfile that it writes.',
    rule: 'lockfile-changed-alone',
  };
}
