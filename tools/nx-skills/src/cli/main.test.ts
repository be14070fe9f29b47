import { tempDirectory } from '@odoobo/ship/test-support/temp-directory';
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const packageRoot = join(import.meta.dirname, '../..');

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the built command line. Build it first (`npm run compile`), as it is for users. */
async function nxSkills(args: readonly string[], cwd = packageRoot): Promise<Ended> {
  const bin = join(packageRoot, 'bin/nx-skills.js');
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [bin, ...args], { cwd })) };
  } catch (error) {
    return error as Ended;
  }
}

describe('help', () => {
  it.each([[[]], [['--help']], [['help']], [['-h']]])('of all commands for %j', async (args) => {
    const { code, stdout, stderr } = await nxSkills(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of ['plan', 'deploy', 'monitor', 'base', 'changed', 'report', 'previews', 'orphans'])
      expect(stdout).toContain(`  ${command} `);
  });

  it.each([[['help', 'changed']], [['changed', '--help']], [['changed', '-h', '--json']]])(
    'of one for %j',
    async (args) => {
      const { code, stdout } = await nxSkills(args);
      expect(code).toBe(0);
      expect(stdout).toContain('--skills <a,b>');
      expect(stdout).not.toContain('--pull-request');
    },
  );
});

it.each(['--version', '-V'])('%s prints the version of the package', async (option) => {
  const { version } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(await nxSkills([option])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
});

const usageErrors: [string[], string][] = [
  [['depoly'], "Unknown command 'depoly'. Did you mean deploy?\nSee: npx nx-skills --help"],
  [['help', 'depoly'], "Unknown command 'depoly'. Did you mean deploy?"],
  [['constructor'], "Unknown command 'constructor'."],
  [['changed', '--jsn'], "Unknown option '--jsn'. Did you mean --json?\nSee: npx nx-skills changed --help"],
  [['changed', '--json=1'], "Unknown option '--json=1'. Did you mean --json?"],
  [['changed', '--skills'], "Option '--skills <a,b>' argument missing."],
  [['changed', 'stray'], "Too many arguments for 'changed'."],
  [['changed', '--all', '--skills=a'], '--skills and --all cannot be combined.'],
  [['report', '--json', '--markdown'], '--json and --markdown cannot be combined.'],
  [['report', '-x'], "Unknown option '-x'."],
  [['previews', '--delete'], "Required option '--pull-request <number>' not specified."],
  [['previews', '--pull-request=7;8'], 'Expected the number of a pull request.'],
  [['previews', '--pull-request=7', '-c', 'prod'], 'got "prod". Did you mean "production"?'],
  [['comment', '--pull-request=7'], "Required option '--file <file>' not specified."],
  [['comment', '--pull-request=0x7', '--file=a'], 'Expected the number of a pull request.'],
  [['comment', '--pull-request=7', '--file=a', '--about=A'], 'Expected a word of a to z.'],
  [['deploy', '-c', 'prodution'], 'got "prodution". Did you mean "production"?'],
  [['deploy', '--smokeTst'], '--smokeTst: there is no such option. Did you mean --smokeTest?'],
  [['deploy', 'shop'], 'deploy takes no "shop".\nIf it is a skill: npx nx run-many -t deploy -p shop'],
  [['plan', '--jsn'], '--jsn: there is no such option. Did you mean --json?'],
  [['plan', '-p', 'a', '--registry'], '--registry: expected a value, got none'],
  [['deploy', '-p', 'a'], '-p cannot be used here: this command chooses the skills itself.'],
  [
    ['plan', '--json=plan.json'],
    '--json prints the plan. To write a file: npx nx-skills plan --json > <file>',
  ],
  [['monitor', '--interval=fast'], 'Expected an integer from 1 to 3600.'],
  [['complete', 'tcsh'], 'Expected one of bash, zsh, fish; got "tcsh".'],
];

describe('a usage error exits with 2 and a message of this project', () => {
  it.each(usageErrors.filter((_, index) => process.env['NIGHTLY'] || index % 4 === 0))(
    '%j',
    async (args, message) => {
      const { code, stdout, stderr } = await nxSkills(args);
      expect(stderr).toContain(message);
      expect(stderr).toMatch(/^nx-skills: [^]*\nSee: npx nx-skills( \w+)? --help\n$/);
      expect(stderr).not.toMatch(/positional|error:/);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    },
  );

  it.each([[['plan', '--json', '--markdown', '--fail-on-change']], [['plna', '--fail-on-change']]])(
    '%j exits with 1, because 2 means changes',
    async (args) => expect((await nxSkills(args)).code).toBe(1),
  );

  it('but not for a failure', async () => {
    const { code, stderr } = await nxSkills([
      'previews',
      '--pull-request=7',
      '--platform-url=http://127.0.0.1:1',
    ]);
    expect(stderr).toContain('Add: -c production');
    expect(code).toBe(1);
  });
});

describe('completion', () => {
  const complete = async (words: readonly string[], cwd?: string) =>
    (await nxSkills(['complete', '--', ...words], cwd)).stdout.split('\n').map((line) => line.split('\t')[0]);

  it('offers commands, options, values, and options that are passed to Nx', async () => {
    expect(await complete(['pl'])).toContain('plan');
    expect(await complete(['changed', '--'])).toEqual(
      expect.arrayContaining(['--base', '--skills', '--json']),
    );
    expect(await complete(['orphans', '-c', ''])).toContain('production');
    expect(await complete(['deploy', '--sm'])).toContain('--smoke-test');
  });

  it('offers the skills, also after a comma', async () => {
    const folder = await tempDirectory();
    const git = (...args: string[]) => promisify(execFile)('git', args, { cwd: folder });
    await git('init', '-q');
    await mkdir(join(folder, 'skills/word-count'), { recursive: true });
    await writeFile(join(folder, 'skills/word-count/skill.json'), '{}');
    expect(await complete(['changed', '--skills', ''], folder)).toContain('word-count');
    expect(await complete(['changed', '--skills=a,w'], folder)).toContain('--skills=a,word-count');
  });

  it.each(['bash', 'zsh', 'fish'])('is a script that %s can read', async (shell) => {
    const { code, stdout } = await nxSkills(['complete', shell]);
    expect(code).toBe(0);
    expect(stdout).toContain('npx --no -- nx-skills complete --');
  });
});
