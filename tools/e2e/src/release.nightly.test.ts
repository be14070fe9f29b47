import { execa } from 'execa';
import { mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { copyCommitted, repository } from './support/committed.js';
import { packagesHere } from './support/packages.js';
import { type PackageRegistry, startPackageRegistry } from './support/registry.js';
import { outerEnvironment } from './support/workspace.js';

// The next version of all packages, in a copy of the committed files.
const { published } = await packagesHere();

let root: string;
let registry: PackageRegistry;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'release-')));
  registry = await startPackageRegistry('@odoobo');
  await copyCommitted(['.'], root);
  await symlink(join(repository, 'node_modules'), join(root, 'node_modules'));
  await writeFile(join(root, '.npmrc'), registry.npmrc, { flag: 'a' });
  await run('git', 'init', '-q', '-b', 'main');
  await run('git', 'remote', 'add', 'origin', 'git@github.com:acme/shop.git');
  await run('git', 'add', '-A');
  await run('git', 'commit', '-qm', 'all');
});
afterAll(async () => {
  await registry.close();
  await rm(root, { recursive: true, force: true });
});

it('gives all packages one version, the changelog its heading, and the commit its tag', async () => {
  await run('npx', 'nx', 'release', '9.8.7', '--skip-publish');
  expect(await run('git', 'describe', '--exact-match')).toBe('v9.8.7');
  expect(await run('git', 'status', '--porcelain')).toBe('');
  expect(await readFile(join(root, 'CHANGELOG.md'), 'utf8')).toMatch(
    /\n## Unreleased\n\n## 9\.8\.7 \(\d{4}-\d\d-\d\d\)\n\n### /,
  );
  for (const { folder, manifest: before } of published) {
    const manifest = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as object;
    const dependencies = Object.fromEntries(
      Object.entries(before.dependencies ?? {}).map(([name, range]) => [
        name,
        name.startsWith('@odoobo/') ? '9.8.7' : range,
      ]),
    );
    expect(manifest).toMatchObject({
      version: '9.8.7',
      ...(before.dependencies && { dependencies }),
      repository: { url: 'git+https://github.com/acme/shop.git', directory: folder },
      homepage: `https://github.com/acme/shop/tree/main/${folder}#readme`,
      bugs: 'https://github.com/acme/shop/issues',
    });
  }
});

it('publishes those packages, and no other, and continues where it was interrupted', async () => {
  const [first, ...others] = published.map(({ manifest }) => manifest.name);
  await run('npm', 'publish', '--workspace', String(first));
  const output = await run('.ci/publish');
  expect(output).toContain(`The registry has ${first}@9.8.7.`);
  for (const name of others) expect(output).toContain(`+ ${name}@9.8.7`);
  for (const { manifest } of published) {
    expect(await run('npm', 'view', manifest.name, 'version')).toBe('9.8.7');
  }
});

async function run(command: string, ...words: string[]): Promise<string> {
  const identity = { NAME: 'Test', EMAIL: 'test@example.invalid' };
  const env = Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) =>
      Object.entries(identity).map(([key, value]) => [`GIT_${who}_${key}`, value]),
    ),
  );
  const settings = { NX_DAEMON: 'false', NO_COLOR: '1', npm_config_prefer_offline: 'true' };
  const { stdout } = await execa(command, words, {
    cwd: root,
    env: { ...outerEnvironment(), ...settings, ...env },
    extendEnv: false,
  });
  return stdout;
}
