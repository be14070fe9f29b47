import type { BuildOptions, BuildResult, OnResolveArgs } from 'esbuild';
import { join, relative, sep } from 'node:path';
import { LateGuesses } from './guess-late.js';
import {
  type FindLate,
  fromOwnFiles,
  importOf,
  type Inputs,
  type LatePackage,
  latePackages,
  nameInBundle,
} from './late-packages.js';
import { bundleBanner, commonJsBanner } from './own-place.js';
import type { Place } from './threads.js';

export type InMemory = BuildOptions & { write: false; metafile: true };
type Result = BuildResult<InMemory>;
type Run = (options: InMemory) => Promise<Result>;

/**
 * Bundles a service to one file, and to one more for each package that is loaded only when it is used.
 *
 * Which packages these are is known when all modules are, and to bundle twice costs as much again. So they are guessed at first. If
 * the modules then show others, the service is bundled again: the guess changes no byte.
 *
 * @param run bundles
 */
export async function bundleWithLate(options: InMemory, place: Place, run: Run): Promise<Result[]> {
  const parts = new LateBundles(options, place, run);
  const main = (find: FindLate) =>
    run({ ...options, plugins: [...(options.plugins ?? []), fromOwnFiles(find)] });
  const guessed = await guessLate(place, main, parts).catch(() => undefined);
  if (guessed && isSame(guessed.guesses, guessed.late)) return guessed.results;
  // All errors are those of the whole bundle.
  const late = guessed?.late ?? lateOf((await run(options)).metafile.inputs, place);
  const known = new Map(late.map((one) => [importOf(one), one]));
  const find = ({ path: specifier, importer, kind }: OnResolveArgs) =>
    Promise.resolve(kind === 'dynamic-import' ? known.get(importOf({ specifier, importer })) : undefined);
  return Promise.all([main(find), ...parts.of(late)]);
}

interface Guessed {
  guesses: LatePackage[];
  /** What they turned out to be. */
  late: LatePackage[];
  results: Result[];
}

async function guessLate(
  place: Place,
  main: (find: FindLate) => Promise<Result>,
  parts: LateBundles,
): Promise<Guessed> {
  const guesses = new LateGuesses(place.entry);
  const first = await main(guesses.find);
  const results = [first, ...(await Promise.all(parts.of(guesses.all)))];
  return { guesses: guesses.all, late: lateOf(asOneBundle(results, guesses.all, place), place), results };
}

/** The modules of all these bundles, as if they were one. */
function asOneBundle(
  results: readonly Result[],
  guesses: readonly LatePackage[],
  { skillRoot }: Place,
): Inputs {
  const fromSkill = (file: string) => relative(skillRoot, file).split(sep).join('/');
  // The first is the one that names the others.
  const inputs = Object.assign({}, ...results.map(({ metafile }) => metafile.inputs).reverse()) as Inputs;
  for (const guess of guesses) {
    const importer = inputs[fromSkill(guess.importer)];
    for (const one of importer?.imports ?? []) {
      if (one.kind !== 'dynamic-import' || one.path !== nameInBundle(guess)) continue;
      Object.assign(one, { path: fromSkill(guess.file), external: false, original: guess.specifier });
    }
  }
  return inputs;
}

function lateOf(inputs: Inputs, { skillRoot, entry }: Place): LatePackage[] {
  return latePackages(inputs, skillRoot, entry);
}

function isSame(guesses: readonly LatePackage[], late: readonly LatePackage[]): boolean {
  const names = (all: readonly LatePackage[]) =>
    new Set(all.map((one) => [importOf(one), one.file, one.format].join('\n')));
  const known = names(late);
  const guessed = names(guesses);
  return guessed.size === known.size && [...guessed].every((name) => known.has(name));
}

/** The bundles of such packages. A bundle is made once, for whatever imports it. */
class LateBundles {
  readonly #made = new Map<string, Promise<Result>>();

  constructor(
    private readonly options: InMemory,
    private readonly place: Place,
    private readonly run: Run,
  ) {}

  of(late: readonly LatePackage[]): Promise<Result>[] {
    return [...new Set(late.map((one) => this.#bundle(one)))];
  }

  #bundle({ file, path, format }: LatePackage): Promise<Result> {
    const { folder, entry } = this.place;
    const made =
      this.#made.get(`${path}\n${file}`) ??
      this.run({
        ...this.options,
        entryPoints: [file],
        outfile: join(folder, path),
        format,
        banner: { js: format === 'cjs' ? commonJsBanner(entry) : bundleBanner(entry) },
      });
    this.#made.set(`${path}\n${file}`, made);
    return made;
  }
}
