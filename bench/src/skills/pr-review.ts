import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { table } from '../support/report.js';
import { type Case, cases as firstCases } from './pr-review/cases.js';
import { moreCases } from './pr-review/more-cases.js';

const run = promisify(execFile);
const cases = [...firstCases, ...moreCases];
const repository = join(import.meta.dirname, '../../..');

/** Where a tool says that something is wrong. */
interface Place {
  file: string;
  line: number;
}

/** A tool that reads a folder of files. */
interface Scanner {
  name: string;
  install: (folder: string, signal: AbortSignal) => Promise<unknown>;
  scan: (folder: string, files: string, signal: AbortSignal) => Promise<Place[]>;
}

/**
 * pr-review beside the scanners that a user would pick instead, on changes that bring a weakness in and on those that take
 * it out again.
 * @returns lines of Markdown
 */
export async function measurePrReview(signal: AbortSignal): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-review-'));
  try {
    const broken = await written(join(folder, 'broken'), 'broken');
    const fixed = await written(join(folder, 'fixed'), 'fixed');
    const rows = [await measureSkill(signal)];
    const missing: string[] = [];
    for (const scanner of scanners) {
      const places = await placesOf(scanner, folder, [broken, fixed], signal).catch(() => undefined);
      signal.throwIfAborted();
      if (places) rows.push(rowOf(scanner.name, scoreOf(places)));
      else missing.push(scanner.name);
    }
    return describe(rows, missing);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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

async function placesOf(
  { install, scan }: Scanner,
  folder: string,
  [broken, fixed]: [string, string],
  signal: AbortSignal,
): Promise<Findings[]> {
  await install(folder, signal);
  const found: Findings[] = [];
  for (const [side, files] of [
    ['broken', broken],
    ['fixed', fixed],
  ] as const) {
    for (const { file, line } of await scan(folder, files, signal)) {
      const index = Number(/(?:broken|fixed)\/(\d+)\//.exec(file)?.[1] ?? -1);
      found.push({ side, index, line });
    }
  }
  return found;
}

const pip = async (folder: string, packages: string[], signal: AbortSignal) => {
  await run('python3', ['-m', 'venv', join(folder, packages[0] ?? 'venv')], { signal });
  const program = join(folder, packages[0] ?? 'venv', 'bin/pip');
  await run(program, ['install', '--quiet', ...packages], { signal });
};

/** Scanners exit with 1 when they find something. */
async function output(program: string, args: string[], signal: AbortSignal, cwd: string): Promise<string> {
  const options = { signal, cwd, maxBuffer: 64 * 1024 * 1024 };
  return run(program, args, options).then(
    ({ stdout }) => stdout,
    (error: unknown) => {
      if (error instanceof Error && 'stdout' in error && String(error.stdout).trim() !== '')
        return String(error.stdout);
      throw error;
    },
  );
}

/** A file or folder of semgrep's rules: its default ones come from its own registry, and are part of no package. */
const semgrepRules = process.env['BENCH_SEMGREP_RULES'];

async function njsscanRules(folder: string, signal: AbortSignal): Promise<string> {
  const python = join(folder, 'semgrep/bin/python');
  const script = 'import njsscan, os; print(os.path.dirname(njsscan.__file__))';
  const { stdout } = await run(python, ['-c', script], { signal });
  return join(stdout.trim(), 'rules/semantic_grep');
}

const scanners: Scanner[] = [
  {
    name: semgrepRules === undefined ? "semgrep with njsscan's rules" : 'semgrep',
    install: (folder, signal) => pip(folder, ['semgrep', 'njsscan'], signal),
    scan: async (folder, files, signal) => {
      const args = [
        'scan',
        '--metrics=off',
        '--disable-version-check',
        '--no-git-ignore',
        '--json',
        '--quiet',
        '--config',
        semgrepRules ?? (await njsscanRules(folder, signal)),
        files,
      ];
      const { results } = JSON.parse(
        await output(join(folder, 'semgrep/bin/semgrep'), args, signal, folder),
      ) as {
        results: { path: string; start: { line: number }; end: { line: number } }[];
      };
      return results.flatMap(({ path, start, end }) => range(path, start.line, end.line));
    },
  },
  {
    name: 'bandit',
    install: (folder, signal) => pip(folder, ['bandit'], signal),
    scan: async (folder, files, signal) => {
      const text = await output(
        join(folder, 'bandit/bin/bandit'),
        ['-r', '-q', '-f', 'json', files],
        signal,
        folder,
      );
      const { results } = JSON.parse(text) as { results: { filename: string; line_range: number[] }[] };
      return results.flatMap(({ filename, line_range: lines }) =>
        lines.map((line) => ({ file: filename, line })),
      );
    },
  },
  {
    name: 'eslint-plugin-security',
    install: (folder, signal) => installEslint(folder, signal),
    scan: async (folder, files, signal) => {
      const text = await output(
        'npx',
        ['eslint', '--format', 'json', '--no-warn-ignored', files],
        signal,
        folder,
      );
      const results = JSON.parse(text) as {
        filePath: string;
        messages: { line: number; ruleId: string | null }[];
      }[];
      return results.flatMap(({ filePath, messages }) =>
        messages.filter(({ ruleId }) => ruleId !== null).map(({ line }) => ({ file: filePath, line })),
      );
    },
  },
  {
    name: 'gitleaks',
    install: (folder, signal) =>
      run('go', ['install', 'github.com/zricethezav/gitleaks/v8@latest'], {
        signal,
        env: { ...process.env, GOBIN: join(folder, 'go') },
      }),
    scan: async (folder, files, signal) => {
      const report = join(folder, 'gitleaks.json');
      const args = ['dir', files, '--no-banner', '--exit-code', '0', '--report-path', report];
      await run(join(folder, 'go/gitleaks'), args, { signal });
      const found = JSON.parse(await readFile(report, 'utf8')) as { File: string; StartLine: number }[];
      return found.map(({ File, StartLine }) => ({ file: File, line: StartLine }));
    },
  },
];

function range(file: string, from: number, to: number): Place[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({ file, line: from + index }));
}

async function installEslint(folder: string, signal: AbortSignal): Promise<void> {
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const config = `import security from 'eslint-plugin-security';
import parser from '@typescript-eslint/parser';
export default [security.configs.recommended, { files: ['**/*.ts', '**/*.js'], languageOptions: { parser } }];
`;
  await writeFile(join(folder, 'eslint.config.js'), config);
  const packages = ['eslint@9', 'eslint-plugin-security@3', '@typescript-eslint/parser@8', 'typescript@5'];
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], {
    cwd: folder,
    signal,
  });
}

async function measureSkill(signal: AbortSignal): Promise<string[]> {
  await run('npx', ['nx', 'build', 'pr-review'], { cwd: repository, signal });
  const bundle = join(repository, 'skills/pr-review/dist/bundle/main.mjs');
  const env = { PATH: process.env['PATH'], PORT: '0', HOST: '127.0.0.1' };
  const child = spawn(process.execPath, [bundle], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const url = await addressOf(child);
    const found: Findings[] = [];
    for (const [index, one] of cases.entries()) {
      for (const side of ['broken', 'fixed'] as const) {
        for (const line of await review(url, diffOf(one, side), signal)) found.push({ side, index, line });
      }
    }
    return rowOf('pr-review', scoreOf(found));
  } finally {
    child.kill();
  }
}

async function addressOf(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('The skill has no output.');
  for await (const line of createInterface(child.stdout)) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (!url) continue;
    child.stdout.resume();
    return url;
  }
  throw new Error('The skill ended before it listened.');
}

async function review(url: string, diff: string, signal: AbortSignal): Promise<number[]> {
  const answer = await fetch(`${url}/invoke`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input: { diff } }),
    signal,
  });
  const { output: found } = (await answer.json()) as {
    output: { issues: { type: string; line: number; side: string }[] };
  };
  return found.issues
    .filter(({ type, side }) => side === 'RIGHT' && /^(?:secret|injection|configuration)$/.test(type))
    .map(({ line }) => line);
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

function describe(rows: string[][], missing: string[]): string[] {
  return [
    '## pr-review',
    '',
    table(['tool', 'weaknesses found', 'false alarms on the fixes', 'precision'], rows),
    '',
    `${cases.length} changes that bring a weakness in, and the ${cases.length} that take it out: small, and written anew after public fixes. A weakness counts as found when a line that brings it in is named, whatever the rule; a line of the fix that is named is a false alarm.`,
    `semgrep's default rules are fetched from its registry and are not part of a package: it runs here with ${semgrepRules === undefined ? 'the rules that the package njsscan ships (JavaScript)' : `the rules in \`${basename(semgrepRules)}\`, which BENCH_SEMGREP_RULES names`}. bandit reads Python, eslint-plugin-security JavaScript and TypeScript, gitleaks any file.`,
    ...(missing.length > 0
      ? [`Not measured, because it could not be installed: ${missing.join(', ')}.`]
      : []),
  ];
}
