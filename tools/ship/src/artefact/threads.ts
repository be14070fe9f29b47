import { build, type BuildOptions, type BuildResult } from 'esbuild';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { bundleBanner, bundlePath, placeInArtefact } from './own-place.js';

/** Each starts a thread or a process from a file. */
const starts = /\b(?:Worker|fork|Piscina|Tinypool)\b/;
const fileUrl = /(\bnew URL\(\s*)(['"`])(\.{1,2}\/[^'"`$]+)\.([cm]?)([jt])s\2(?=\s*,\s*import\.meta\.url\b)/g;

/** Whether a module starts threads or processes. */
export function startsThreads(text: string): boolean {
  return starts.test(text);
}

/**
 * Finds the threads in TypeScript that a module starts by `new URL('./thread.ts', import.meta.url)`. Each is bundled to a file of
 * its own, because Node loads no TypeScript.
 *
 * @returns the module, in which each is named by that file; and the absolute paths of their sources
 */
export function namedThreads(file: string, text: string): { text: string; threads: string[] } {
  const threads: string[] = [];
  if (!startsThreads(text)) return { text, threads };
  const named = text.replaceAll(
    fileUrl,
    (whole: string, before: string, quote: string, path: string, kind: string, language: string) => {
      const stem = resolve(dirname(file), path);
      // As in imports, the name of the file that it is compiled to may stand for it.
      const isJavaScript = language === 'j' && existsSync(`${stem}.${kind}js`);
      const source = `${stem}.${kind}ts`;
      if (isJavaScript || !existsSync(source)) return whole;
      threads.push(source);
      return `${before}${quote}${path}.mjs${quote}`;
    },
  );
  return { text: named, threads };
}

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
