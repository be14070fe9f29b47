import { build, type BuildOptions, type BuildResult } from 'esbuild';
import { join } from 'node:path';
import { bundleBanner, bundlePath, placeInArtefact } from './own-place.js';

/** Where an artefact is made. */
export interface Place {
  skillRoot: string;
  /** Relative to the skill. */
  entry: string;
  /** Of the artefact's files. */
  folder: string;
}

/**
 * Bundles each thread as the rest of the artefact is bundled.
 *
 * @param threads absolute paths of their sources; those that a thread starts itself are added meanwhile
 * @param run bundles
 */
export async function buildThreads<Options extends BuildOptions, Result = BuildResult<Options>>(
  options: Options,
  place: Place,
  threads: ReadonlySet<string>,
  run: (options: Options) => Promise<Result> = build as (options: Options) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const built = new Set<string>();
  for (let open = [...threads]; open.length > 0; open = [...threads].filter((file) => !built.has(file))) {
    for (const file of open) built.add(file);
    results.push(...(await Promise.all(open.flatMap((file) => optionsFor(options, place, file)).map(run))));
  }
  return results;
}

function optionsFor<Options extends BuildOptions>(
  options: Options,
  { skillRoot, entry, folder }: Place,
  file: string,
): Options[] {
  const path = placeInArtefact(skillRoot, file).replace(/\.[cm]?ts$/, '.mjs');
  // A service that starts itself as a thread.
  if (path === bundlePath(entry)) return [];
  return [
    { ...options, entryPoints: [file], outfile: join(folder, path), banner: { js: bundleBanner(path) } },
  ];
}
