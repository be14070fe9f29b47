import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { table } from '../support/report.js';
import { type Case, cases as firstCases } from './pr-review/cases.js';
import { type Corpus, diffOfAll, leakCorpora, scoreLeaks } from './pr-review/leaks.js';
import { moreCases } from './pr-review/more-cases.js';
import { type Scanner, scanners, semgrepRules } from './pr-review/scanners.js';
import { peakMemory, type Service, underLoad, withService } from './service.js';

const cases = [...firstCases, ...moreCases];

/** For the memory under load: so many diffs, so many of them at once. */
const load = { requests: 200, atOnce: 8, cases: 40 };

/**
 * pr-review beside the scanners that a user would pick instead, on changes that bring a weakness in and on those that take
 * it out again, and on files with secrets.
 * @returns lines of Markdown
 */
export async function measurePrReview(signal: AbortSignal): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-review-'));
  try {
    const files = {
      broken: await written(join(folder, 'broken'), 'broken'),
      fixed: await written(join(folder, 'fixed'), 'fixed'),
    };
    const corpora = await leakCorpora(folder);
    const { tools, memory } = await withService('pr-review', {}, signal, async (service) => ({
      tools: [await measureSkill(service, corpora)],
      memory: await memoryUnderLoad(service),
    }));
    const missing: string[] = [];
    for (const scanner of scanners) {
      const measured = await measureScanner(scanner, folder, files, corpora, signal).catch(() => undefined);
      signal.throwIfAborted();
      if (measured) tools.push(measured);
      else missing.push(scanner.name);
    }
    return describe(tools, corpora, missing, memory);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a tool found. */
interface Measured {
  name: string;
  score: Score;
  /** For each corpus, where the tool looks for secrets. */
  leaks: ReturnType<typeof scoreLeaks>[];
}

type Side = 'broken' | 'fixed';

/** A folder per case, because a rule can depend on the name of a file. */
async function written(folder: string, side: Side): Promise<string> {
  for (const [index, one] of cases.entries()) {
    const path = join(folder, String(index), one.file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(
      path,
      one.code.replace('@@', () => one[side]),
    );
  }
  return folder;
}

/** The numbers of the lines that `broken` or `fixed` has in its file. */
function linesOf(one: Case, side: Side): number[] {
  const first = one.code.slice(0, one.code.indexOf('@@')).split('\n').length;
  return one[side].split('\n').map((_, index) => first + index);
}

interface Score {
  found: Set<number>;
  alarms: number;
}

interface Findings {
  side: Side;
  index: number;
  line: number;
}

/** A weakness is found when a line that brings it in is named; a line of the fix that is named is a false alarm. */
function scoreOf(findings: Findings[]): Score {
  const found = new Set<number>();
  const alarms = new Set<string>();
  for (const { side, index, line } of findings) {
    const one = cases[index];
    if (!one || !linesOf(one, side).includes(line)) continue;
    if (side === 'broken') found.add(index);
    else alarms.add(`${index} ${line}`);
  }
  return { found, alarms: alarms.size };
}

function rowOf(name: string, { found, alarms }: Score): string[] {
  const precision = found.size + alarms === 0 ? '-' : (found.size / (found.size + alarms)).toFixed(2);
  return [name, `${found.size} of ${cases.length}`, String(alarms), precision];
}

async function measureScanner(
  { name, install, scan, findsSecrets }: Scanner,
  folder: string,
  files: Record<Side, string>,
  corpora: Corpus[],
  signal: AbortSignal,
): Promise<Measured> {
  await install(folder, signal);
  const found: Findings[] = [];
  for (const side of ['broken', 'fixed'] as const) {
    for (const { file, line } of await scan(folder, files[side], signal)) {
      const index = Number(/(?:broken|fixed)\/(\d+)\//.exec(file)?.[1] ?? -1);
      found.push({ side, index, line });
    }
  }
  const leaks: Measured['leaks'] = [];
  for (const corpus of findsSecrets ? corpora : []) {
    const places = await scan(folder, corpus.folder, signal);
    const named = places.map(({ file, line }) => ({ file: relative(corpus.folder, file), line }));
    leaks.push(scoreLeaks(corpus, byFile(named)));
  }
  return { name, score: scoreOf(found), leaks };
}

function byFile(places: { file: string; line: number }[]): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  for (const { file, line } of places) found.set(file, (found.get(file) ?? new Set()).add(line));
  return found;
}

async function measureSkill(service: Service, corpora: Corpus[]): Promise<Measured> {
  const found: Findings[] = [];
  for (const [index, one] of cases.entries()) {
    for (const side of ['broken', 'fixed'] as const) {
      const issues = await review(service, diffOf(one, side));
      const weaknesses = issues.filter(({ type }) => /^(?:secret|injection|configuration)$/.test(type));
      found.push(...weaknesses.map(({ line }) => ({ side, index, line })));
    }
  }
  const leaks: Measured['leaks'] = [];
  for (const corpus of corpora) {
    const issues = await review(service, diffOfAll(corpus));
    leaks.push(scoreLeaks(corpus, byFile(issues.filter(({ type }) => type === 'secret'))));
  }
  return { name: 'pr-review', score: scoreOf(found), leaks };
}

interface Issue {
  type: string;
  file: string;
  line: number;
  side: string;
}

async function review({ invoke }: Service, diff: string): Promise<Issue[]> {
  const { output, error } = await invoke<{ issues: Issue[] }>({ diff });
  if (!output) throw new Error(`pr-review refuses a diff: ${error?.message}`);
  return output.issues.filter(({ side }) => side === 'RIGHT');
}

async function memoryUnderLoad(service: Service): Promise<string> {
  const diff = cases
    .slice(0, load.cases)
    .map((one, n) => diffOf({ ...one, file: `${n}/${one.file}` }, 'broken'))
    .join('');
  await underLoad(load.requests, load.atOnce, () => review(service, diff));
  const kilobytes = Math.round(diff.length / 1000);
  return peakMemory(
    service,
    `the above and ${load.requests} diffs of ${kilobytes} KB, ${load.atOnce} at once`,
  );
}

/** The change to `side` of the whole file, as a diff. */
function diffOf(one: Case, side: Side): string {
  const [head = '', tail = ''] = one.code.split('@@');
  const lines = (text: string, mark: string) => text.split('\n').map((line) => `${mark}${line}`);
  const other = side === 'broken' ? one.fixed : one.broken;
  const body = [
    ...lines(head.replace(/\n$/, ''), ' '),
    ...lines(other, '-'),
    ...lines(one[side], '+'),
    ...lines(tail.replace(/^\n|\n$/g, ''), ' '),
  ].filter((line, index, all) => line !== ' ' || index < all.length - 1);
  const count = (mark: string) => body.filter((line) => !line.startsWith(mark)).length;
  return `diff --git a/${one.file} b/${one.file}\n--- a/${one.file}\n+++ b/${one.file}\n@@ -1,${count('+')} +1,${count('-')} @@\n${body.join('\n')}\n`;
}

function describe(tools: Measured[], corpora: Corpus[], missing: string[], memory: string): string[] {
  const rules = semgrepRules === undefined ? undefined : basename(semgrepRules);
  return [
    '## pr-review',
    '',
    table(
      ['tool', 'weaknesses found', 'false alarms on the fixes', 'precision'],
      tools.map(({ name, score }) => rowOf(name, score)),
    ),
    '',
    `${cases.length} changes that bring a weakness in, and the ${cases.length} that take it out: small, and written anew after public fixes. A weakness counts as found when a line that brings it in is named, whatever the rule; a line of the fix that is named is a false alarm. ${together(tools)}`,
    `semgrep's default rules are fetched from its registry and are not part of a package: it runs here with ${rules === undefined ? 'the rules that the package njsscan ships (JavaScript)' : `the rules in \`${rules}\`, which BENCH_SEMGREP_RULES names`}. bandit reads Python, eslint-plugin-security JavaScript and TypeScript, gitleaks any file.`,
    ...(missing.length > 0
      ? [`Not measured, because it could not be installed: ${missing.join(', ')}.`]
      : []),
    '',
    ...describeLeaks(tools, corpora),
    '',
    memory,
  ];
}

/** What a user of both semgrep and gitleaks would see. */
function together(tools: Measured[]): string {
  const both = tools.filter(({ name }) => /^(?:semgrep|gitleaks)/.test(name));
  if (both.length < 2) return '';
  const found = new Set(both.flatMap(({ score }) => [...score.found])).size;
  return `semgrep and gitleaks together find ${found} of ${cases.length}.`;
}

function describeLeaks(tools: Measured[], corpora: Corpus[]): string[] {
  const total = (corpus: Corpus) => corpus.files.reduce((sum, { secrets }) => sum + secrets, 0);
  const rows = tools
    .filter(({ leaks }) => leaks.length > 0)
    .map(({ name, leaks }) => [
      name,
      ...leaks.flatMap(({ found, others }, i) => {
        const corpus = corpora[i];
        return corpus ? [`${found} of ${total(corpus)}`, String(others)] : [];
      }),
    ]);
  const isPublic = corpora.length > 1;
  return [
    table(['lines with a secret', ...corpora.flatMap(({ name }) => [name, 'other lines'])], rows),
    '',
    `The rewritten files are those of pr-review's own tests.${isPublic ? ' leaky-repo is public, and says how many lines of a file have a secret: what is named beyond that counts as others.' : ' BENCH_LEAK_CORPUS may name the folder of the public corpus leaky-repo.'}`,
  ];
}
