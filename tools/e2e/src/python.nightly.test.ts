import { execa } from 'execa';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './support/poll.js';
import { statusesDuring } from './support/traffic.js';
import { type StartedRun, Workspace } from './support/workspace.js';

const example = join(import.meta.dirname, '../../../examples/python');
const root = 'skills/readability';

/** Debian's python3 cannot create a virtual environment without a further package; a machine may have no package index. */
async function canInstall(): Promise<boolean> {
  const python = (...args: string[]) => execa('python3', args, { reject: false });
  if ((await python('-c', 'import venv, ensurepip')).failed) return false;
  const requirements = await readFile(join(example, root, 'requirements.txt'), 'utf8');
  const wanted = requirements.split('\n').filter((line) => line.startsWith('uvicorn=='));
  const asked = await python(
    '-m',
    'pip',
    'install',
    '--dry-run',
    '--ignore-installed',
    '--no-deps',
    ...wanted,
  );
  return !asked.failed;
}

describe.skipIf(!(await canInstall()))('a skill in Python (needs python3-venv and a package index)', () => {
  let workspace: Workspace;
  let development: StartedRun;

  beforeAll(async () => {
    workspace = await Workspace.create({});
    for (const folder of ['skills', 'infra']) {
      await cp(join(example, folder), join(workspace.root, folder), {
        recursive: true,
        filter: (path) => !/\/(dist|__pycache__)$/.test(path),
      });
    }
    // It installs its packages while the deploy installs them, too.
    development = workspace.start(['serve', 'readability', '--port=28124']);
  });
  afterAll(() => workspace.close());

  const url = async (path: string) => `${(await workspace.status('readability'))['url']}${path}`;
  const versionAt = async (address: string) =>
    ((await (await fetch(address)).json()) as { version: string }).version;

  async function change(path: string, from: string, to: string): Promise<void> {
    const text = await workspace.read(`${root}/${path}`);
    expect(text).toContain(from);
    await workspace.write(`${root}/${path}`, text.replace(from, to));
  }

  // Downloads and installs: for the platform, and at night for development, too.
  it('is valid, deployed by the same target, and passes every stage of the smoke test', async () => {
    const { output } = await workspace.nx(['run-many', '-t=validate,deploy', '--outputStyle=static']);
    expect(output).toContain('readability is valid');
    expect(output).toMatch(/readability +created +sha256:/);
    const tested = await workspace.nx(['smoke-test', 'readability']);
    expect(tested.output).toMatch(/readability +✔ +✔ .* +✔ +✔ +✔ +✔ 2\/2/);
    expect(tested.exitCode).toBe(0);
  }, 180_000);

  it('is brought up to date without an install or a failed request, and rolled back', async () => {
    const health = await url('/health');
    await change('skill.json', '"version": "0.1.0"', '"version": "0.2.0"');
    const deploy = workspace.nx(['deploy', 'readability']);
    expect(await statusesDuring(health, deploy)).toEqual(new Set([200]));
    expect((await deploy).output).toMatch(/readability +updated/);
    expect(await versionAt(health)).toBe('0.2.0');
    const { deployment } = await workspace.status('readability');
    const log = await workspace.read(`.local-platform/logs/${deployment}/readability/build.log`);
    expect(log).toContain('dependencies from the cache');

    expect((await workspace.nx(['rollback', 'readability'])).output).toMatch(/readability +rolled back/);
    expect(await versionAt(health)).toBe('0.1.0');
  });

  it('keeps serving when a new version does not start, and the traceback says why', async () => {
    await change('main.py', 'import json\n', 'import json\nimport jsonn\n');
    const { exitCode, output } = await workspace.nx(['deploy', 'readability']);
    expect(output).toContain("ModuleNotFoundError: No module named 'jsonn'");
    expect(exitCode).not.toBe(0);
    expect(await versionAt(await url('/health'))).toBe('0.1.0');
    await change('main.py', 'import jsonn\n', '');
  });

  it('runs in development, restarted after each change, until Ctrl-C or a kill -9', async () => {
    const serves = (version: string) =>
      until(`version ${version} in development`, async () =>
        versionAt('http://127.0.0.1:28124/health').then(
          (found) => found === version,
          () => false,
        ),
      );
    await serves('0.2.0');
    await change('skill.json', '"version": "0.2.0"', '"version": "0.3.0"');
    await change('main.py', 'import json\n', 'import json\n\n');
    await serves('0.3.0');
    development.kill('SIGINT');
    await development.ended;
    await expect(fetch('http://127.0.0.1:28124/health')).rejects.toThrow();

    const killed = workspace.start(['serve', 'readability', '--port=28124']);
    await serves('0.3.0');
    killed.kill('SIGKILL');
    await until('it is not served any more', () =>
      fetch('http://127.0.0.1:28124/health').then(
        () => false,
        () => true,
      ),
    );
  });
});
