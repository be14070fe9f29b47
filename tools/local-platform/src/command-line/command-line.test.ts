import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { cli, serverFolder } from '../testing/cli.test.helper.js';
import { specOf, temporaryFolder } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';

/** All at night; each is a process of its own, and they take the same path. */
function firstByDay<Case>(cases: readonly Case[]): readonly Case[] {
  return process.env['NIGHTLY'] ? cases : cases.slice(0, 1);
}

describe('help', () => {
  it.each(firstByDay([[[]], [['--help']], [['help']], [['-h']]]))('of all commands for %j', async (args) => {
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of ['start', 'stop', 'status', 'logs', 'repository', 'reset', 'complete'])
      expect(stdout).toContain(`  ${command}`);
  });

  it.each(firstByDay([[['help', 'logs']], [['logs', '--help']], [['logs', 'shop', '-h']]]))(
    'of one for %j',
    async (args) => {
      const { code, stdout } = await cli(args);
      expect(code).toBe(0);
      expect(stdout).toContain('--follow');
      expect(stdout).toContain('--directory');
      expect(stdout).not.toContain('--simulate');
    },
  );
});

it('prints its version', async () => {
  const manifest = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  expect(await cli(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
});

const usageErrors: [string[], string][] = [
  [['strat'], "Unknown command 'strat'. Did you mean start?\nSee: npx local-platform --help"],
  [['help', 'strat'], "Unknown command 'strat'. Did you mean start?"],
  [['constructor'], "Unknown command 'constructor'."],
  [
    ['status', '--jsn'],
    "Unknown option '--jsn'. Did you mean --json?\nSee: npx local-platform status --help",
  ],
  [['start', '-x'], "Unknown option '-x'."],
  [['stop', '--json'], "Unknown option '--json'."],
  [['stop', 'now'], "Too many arguments for 'stop'."],
  [['start', '--port', '0'], 'Expected an integer from 1 to 65535.'],
  [['start', '--port'], "Option '--port <port>' argument missing."],
  [['start', '--rate-limit=fast'], '--rate-limit: expected real, or calls per minute and per hour'],
  [['logs'], "Missing required argument 'app'."],
  [['logs', 'shop', '--type', 'x'], 'Allowed choices are run, restarted, deploy, build.'],
  [['repository', 'acme/shop'], "Missing required argument 'path'."],
  [['complete', 'tcsh'], 'Expected one of bash, zsh, fish; got "tcsh".'],
];
it.each(process.env['NIGHTLY'] ? usageErrors : usageErrors.slice(0, 5))(
  '%j is a usage error: exit code 2, with a suggestion',
  async (args, expected) => {
    const { code, stdout, stderr } = await cli([...args, '--directory', await temporaryFolder()]);
    expect(stderr).toContain(expected);
    expect(stderr).toMatch(/^local-platform: [^]*\nSee: npx local-platform( \w+)? --help\n$/);
    expect(stderr).not.toMatch(/positional|error:/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  },
);

describe('completion', () => {
  const complete = async (...words: string[]) =>
    (await cli(['complete', '--', ...words])).stdout.split('\n').map((line) => line.split('\t')[0]);

  it('offers commands, options and values', async () => {
    expect(await complete('st')).toEqual(expect.arrayContaining(['start', 'stop', 'status']));
    expect(await complete('start', '--')).toEqual(
      expect.arrayContaining(['--port', '--simulate', '--directory']),
    );
    expect(await complete('logs', 'shop', '--type', '')).toEqual(
      expect.arrayContaining(['run', 'deploy', 'build']),
    );
  });

  it('offers the apps of the workspace, even if the server is not running', async () => {
    const root = await temporaryFolder();
    const server = await serverFolder(`${root}/.local-platform`);
    await writeFile(`${root}/nx.json`, '{}');
    await server.ensure();
    await server.create(specOf('shop', await server.image(goodService('one'))));
    await server.stop();
    const { stdout } = await cli(['complete', '--', 'logs', ''], root);
    expect(stdout).toBe('shop\n');
  });

  it.each(['bash', 'zsh', 'fish'])('is a script for %s', async (shell) => {
    const { code, stdout } = await cli(['complete', shell]);
    expect(code).toBe(0);
    expect(stdout).toContain('npx --no -- local-platform complete --');
  });

  it('works in bash, without executing what is typed', async () => {
    const folder = await temporaryFolder();
    const script = `
      npx() { shift 3; "$NODE" "$BIN" "$@"; }
      eval "$(npx --no -- local-platform complete bash)"
      for COMP_LINE in 'local-platform st' 'local-platform logs $(touch ran) --type=d'; do
        COMP_POINT=\${#COMP_LINE}
        _complete_local_platform
        echo "\${COMPREPLY[*]}"
      done`;
    const bin = fileURLToPath(new URL('../../bin/local-platform.js', import.meta.url));
    const { stdout } = await promisify(execFile)('bash', ['-c', script], {
      cwd: folder,
      env: { ...process.env, NODE: process.execPath, BIN: bin },
    });
    expect(stdout).toBe('start stop status\ndeploy\n');
    expect(await readdir(folder)).toEqual([]);
  });
});
