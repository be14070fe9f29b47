import { build } from 'esbuild';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { repository } from '../../support/skills-workspace.js';

/** Files with secrets in them, and how many lines of each have one. */
export interface Corpus {
  name: string;
  folder: string;
  files: { path: string; text: string; secrets: number }[];
  /** The lines that have a secret, where the corpus says it. */
  lines?: Map<string, number[]>;
}

/** The files of pr-review's own test, and the public corpus (github.com/Plazmaz/leaky-repo) where BENCH_LEAK_CORPUS names its folder. */
export async function leakCorpora(folder: string): Promise<Corpus[]> {
  const named = process.env['BENCH_LEAK_CORPUS'];
  return [
    await ownCorpus(join(folder, 'leaks')),
    ...(named === undefined ? [] : [await publicCorpus(named)]),
  ];
}

/** Written as files, because scanners read files. */
async function ownCorpus(folder: string): Promise<Corpus> {
  const leaks = await ownLeaks();
  const lines = new Map<string, number[]>();
  const files: Corpus['files'] = [];
  for (const [path, marked] of Object.entries(leaks)) {
    const secrets = marked.flatMap((line, index) => (line.startsWith('!') ? [index + 1] : []));
    const text = `${marked.map((line) => line.replace(/^!/, '')).join('\n')}\n`;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
    lines.set(path, secrets);
    files.push({ path, text, secrets: secrets.length });
  }
  return { name: 'rewritten files', folder, files, lines };
}

/** A line that begins with `!` has a secret. */
async function ownLeaks(): Promise<Record<string, string[]>> {
  const entry = join(repository, 'skills/pr-review/src/secrets/leaks.fixture.ts');
  const { outputFiles } = await build({ entryPoints: [entry], write: false, format: 'esm', bundle: true });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
  const { leaks } = (await import(`data:text/javascript;base64,${code}`)) as {
    leaks: Record<string, string[]>;
  };
  return leaks;
}

/** Its list has the name of a file and how many of its lines have a secret. */
async function publicCorpus(folder: string): Promise<Corpus> {
  const list = await readFile(join(folder, '.leaky-meta/secrets.csv'), 'utf8');
  const rows = list.split('\n').flatMap((line) => {
    const [, path, secrets] = /^([^#,][^,]*),(\d+),\d+/.exec(line) ?? [];
    return path === undefined ? [] : [{ path, secrets: Number(secrets) }];
  });
  const present = new Set(await pathsIn(folder));
  const files = rows
    .filter(({ path }) => present.has(path))
    .map(async (row) => ({ ...row, text: await readFile(join(folder, row.path), 'latin1') }));
  return { name: 'leaky-repo', folder, files: await Promise.all(files) };
}

async function pathsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

/** A diff that adds all files. */
export function diffOfAll({ files }: Corpus): string {
  return files
    .map(({ path, text }) => {
      const lines = text.replace(/\n$/, '').split('\n');
      const head = `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n`;
      return `${head}@@ -0,0 +1,${lines.length} @@\n${lines.map((line) => `+${line}\n`).join('')}`;
    })
    .join('');
}

/**
 * How many of the lines with a secret were named, and how many other lines. Where the corpus says only how many a file has, no more than
 * that are counted as found.
 */
export function scoreLeaks(
  { files, lines }: Corpus,
  named: Map<string, Set<number>>,
): { found: number; others: number } {
  let [found, others] = [0, 0];
  for (const { path, secrets } of files) {
    const at = named.get(path) ?? new Set<number>();
    const right = lines
      ? (lines.get(path) ?? []).filter((line) => at.has(line)).length
      : Math.min(at.size, secrets);
    found += right;
    others += at.size - right;
  }
  return { found, others };
}
