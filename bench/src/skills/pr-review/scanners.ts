import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where a tool says that something is wrong. */
export interface Place {
  file: string;
  line: number;
}

/** A tool that reads a folder of files. */
export interface Scanner {
  name: string;
  /** Whether it looks for secrets too. */
  findsSecrets?: true;
  install: (folder: string, signal: AbortSignal) => Promise<unknown>;
  scan: (folder: string, files: string, signal: AbortSignal) => Promise<Place[]>;
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
export const semgrepRules = process.env['BENCH_SEMGREP_RULES'];

async function njsscanRules(folder: string, signal: AbortSignal): Promise<string> {
  const python = join(folder, 'semgrep/bin/python');
  const script = 'import njsscan, os; print(os.path.dirname(njsscan.__file__))';
  const { stdout } = await run(python, ['-c', script], { signal });
  return join(stdout.trim(), 'rules/semantic_grep');
}

/** The scanners that are compared. */
export const scanners: Scanner[] = [
  {
    name: semgrepRules === undefined ? "semgrep with njsscan's rules" : 'semgrep',
    findsSecrets: true,
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
    findsSecrets: true,
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
