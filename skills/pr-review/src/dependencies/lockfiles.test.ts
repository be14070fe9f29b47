import { describe, expect, it } from 'vitest';
import { patch, review } from '../review.fixture.js';

const testManifest = '{\n  "name": "x",\n  "dependencies": {\n    "zod": "^4.0.0"\n  }\n}\n';
const changedManifest = testManifest.replace('    "zod"', '    "@scope/new-one": "1.2.3",\n    "zod"');

const manifestChange = (file = 'package.json') => patch(file, testManifest, changedManifest);
const lockChange = (file: string, line: string) => patch(file, 'a\n', `a\n${line}\n`);

describe('lockfile_sync', () => {
  it('says which lockfile did not follow a manifest, and where', async () => {
    const { lockfile_sync, issues, approval_recommendation } = await review(manifestChange());
    expect(lockfile_sync).toMatchObject({
      status: 'out_of_sync',
      stale: [{ manifest: 'package.json', dependencies: ['@scope/new-one'] }],
    });
    expect(lockfile_sync.stale[0]?.expected_one_of).toContain('pnpm-lock.yaml');
    expect(issues).toMatchObject([{ type: 'dependency', severity: 'medium', file: 'package.json', line: 4 }]);
    expect(issues[0]?.message).toContain('`@scope/new-one`');
    expect(approval_recommendation).toBe('comment');
  });

  it.each([
    ['npm', 'package-lock.json', '        "@scope/new-one": "1.2.3",'],
    ['pnpm', 'pnpm-lock.yaml', '        specifier: 1.2.3'],
    ['pnpm before version 6', 'pnpm-lock.yaml', "  '@scope/new-one': 1.2.3".replaceAll("'", '')],
    ['Yarn 1', 'yarn.lock', '"@scope/new-one@1.2.3":'],
    ['Yarn 2 and later', 'yarn.lock', '"@scope/new-one@npm:1.2.3":'],
    ['bun', 'bun.lock', '        "@scope/new-one": "1.2.3",'],
  ])('reads the lockfile of %s', async (_manager, file, line) => {
    const followed = await review(manifestChange() + lockChange(file, line));
    expect(followed.lockfile_sync).toEqual({ status: 'in_sync', stale: [] });
    const other = await review(manifestChange() + lockChange(file, 'something: else'));
    expect(other.lockfile_sync).toEqual({
      status: 'out_of_sync',
      stale: [{ manifest: 'package.json', expected_one_of: [file], dependencies: ['@scope/new-one'] }],
    });
  });

  it.each([
    ['at the root of the workspace', 'packages/a/package.json', 'yarn.lock', 'in_sync'],
    ['of another package', 'packages/a/package.json', 'packages/b/yarn.lock', 'out_of_sync'],
  ])('knows a lockfile %s', async (_where, changed, lockfile, status) => {
    const diff = manifestChange(changed) + lockChange(lockfile, '"@scope/new-one@1.2.3":');
    expect((await review(diff)).lockfile_sync.status).toBe(status);
  });

  it.each([
    [
      'a script',
      'package.json',
      '  "scripts": {\n    "test": "vitest"\n',
      '  "scripts": {\n    "test": "vitest run"\n',
    ],
    ['a version', 'package.json', '  "version": "1.0.0",\n', '  "version": "1.1.0",\n'],
    ['a trailing comma', 'package.json', '    "zod": "^4.0.0"\n', '    "zod": "^4.0.0",\n'],
    ['a description', 'pyproject.toml', 'description = "a"\n', 'description = "b"\n'],
    ['a comment', 'requirements.in', '# a\nrequests\n', '# b\nrequests\n'],
    ['a removed manifest', 'package.json', testManifest, ''],
  ])('is not concerned with %s', async (_what, file, before, after) => {
    const diff = patch(file, before, after);
    const { lockfile_sync } = await review(
      after === '' ? diff.replace(`+++ b/${file}`, '+++ /dev/null') : diff,
    );
    expect(lockfile_sync.status).toBe('not_applicable');
  });

  it.each([
    ['poetry', 'pyproject.toml', 'requests = "^2.0"\n', 'poetry.lock', 'name = "requests"'],
    ['uv', 'pyproject.toml', '  "requests>=2.1",\n', 'uv.lock', 'name = "requests"'],
    ['pipenv', 'Pipfile', 'requests = "==2.1"\n', 'Pipfile.lock', '        "requests": {'],
    ['pip', 'requirements.in', 'requests>=2.1\n', 'requirements.txt', 'requests==2.32.3'],
    [
      'pip, of another set',
      'requirements/dev.in',
      'Flask_Login\n',
      'requirements/dev.txt',
      'flask-login==0.6.3',
    ],
  ])('reads what %s writes', async (_manager, manifest, added, lockfile, line) => {
    const diff = patch(manifest, 'a\n', `a\n${added}`);
    const statuses = [
      await review(diff),
      await review(diff + lockChange(lockfile, 'other==1')),
      await review(diff + lockChange(lockfile, line)),
    ].map(({ lockfile_sync }) => lockfile_sync.status);
    expect(statuses).toEqual(['out_of_sync', 'out_of_sync', 'in_sync']);
  });

  it('takes another range for followed where the lockfile does not repeat ranges', async () => {
    const diff = patch('pyproject.toml', 'requests = "^2.0"\n', 'requests = "^2.1"\n');
    expect((await review(diff + lockChange('poetry.lock', 'content-hash = "0f"'))).lockfile_sync.status).toBe(
      'in_sync',
    );
    expect((await review(diff)).lockfile_sync.status).toBe('out_of_sync');
  });

  it('points at the line that is gone when a dependency is only removed', async () => {
    const { issues } = await review(patch('package.json', changedManifest, testManifest));
    expect(issues).toMatchObject([{ type: 'dependency', line: 4, side: 'LEFT' }]);
  });
});

describe('a package.json', () => {
  const whole = `{
  "name": "x",
  "homepage": "https://a.example/",
  "repository": {
    "type": "git",
    "url": "https://a.example/x.git"
  },
  "engines": {
    "node": ">=20",
    "vscode": ">=1.2"
  },
  "dependencies": {
    "url": "^1.0.0",
    "zod": "^4.0.0"
  }
}
`;

  it.each([
    ['its homepage', '"https://a.example/"', '"http://b.example/"', 1],
    ['the address of its repository', 'a.example/x.git', 'b.example/x.git', 0],
    ['its engines', '"vscode": ">=1.2"', '"vscode": ">=1.3"', 1],
    ['its repository, seen with its key', 'a.example/x.git', 'b.example/x.git', 4],
  ])('that changes %s changes no dependency', async (_what, from, to, context) => {
    const { issues, lockfile_sync } = await review(
      patch('package.json', whole, whole.replace(from, to), context),
    );
    expect([issues, lockfile_sync.status]).toEqual([[], 'not_applicable']);
  });

  it('may have a dependency of a name that is a key elsewhere', async () => {
    const { lockfile_sync } = await review(
      patch('package.json', whole, whole.replace('"url": "^1', '"url": "^2')),
    );
    expect(lockfile_sync.stale).toMatchObject([{ dependencies: ['url'] }]);
  });

  it.each([
    ['.npmrc', 'package-lock=false\n'],
    ['.npmrc', '# pnpm\nlockfile = false\n'],
    ['.yarnrc', '--install.no-lockfile true\n'],
  ])('needs no lockfile where %s says so', async (name, settings) => {
    const diff = manifestChange('packages/a/package.json') + patch(name, '', settings);
    expect((await review(diff)).lockfile_sync.status).toBe('not_applicable');
    const other = manifestChange('packages/a/package.json') + patch(`packages/b/${name}`, '', settings);
    expect((await review(other)).lockfile_sync.status).toBe('out_of_sync');
  });

  it('needs no lockfile in a change that deletes it', async () => {
    const gone = patch('package-lock.json', 'a\n', '').replace('+++ b/package-lock.json', '+++ /dev/null');
    expect((await review(manifestChange() + gone)).lockfile_sync.status).toBe('not_applicable');
  });
});

describe('a download in a lockfile', () => {
  const npm = (host: string) =>
    `    "node_modules/a": {\n      "version": "1.0.0",\n      "resolved": "https://${host}/a/-/a-1.0.0.tgz"\n    },\n`;
  const old = 'packages.example';

  it.each([
    ['package-lock.json', npm(old), npm('evil.example'), 3],
    [
      'yarn.lock',
      `a@^1:\n  resolved "https://${old}/a.tgz#1"\n`,
      'a@^1:\n  resolved "https://evil.example/a.tgz#1"\n',
      2,
    ],
    [
      'pnpm-lock.yaml',
      `    resolution: {tarball: https://${old}/a.tgz}\n`,
      '    resolution: {tarball: https://evil.example/a.tgz}\n',
      1,
    ],
    ['uv.lock', `url = "https://${old}/a.whl"\n`, 'url = "https://evil.example/a.whl"\n', 1],
  ])('that moves to another host is found in %s', async (file, before, after, line) => {
    const { issues } = await review(patch(file, before, after));
    expect(issues).toMatchObject([{ rule: 'download-moved', severity: 'high', line, side: 'RIGHT' }]);
    expect(issues[0]?.message).toContain('`evil.example`');
  });

  it('that is new and comes from elsewhere than the others is worth a word', async () => {
    const { issues } = await review(patch('package-lock.json', npm(old), npm(old) + npm('other.example')));
    expect(issues).toMatchObject([{ rule: 'download-moved', severity: 'medium' }]);
  });

  it('that gets another version from the same host is nothing', async () => {
    const { issues } = await review(
      patch('package-lock.json', npm(old), npm(old).replaceAll('1.0.0', '1.0.1')),
    );
    expect(issues).toEqual([]);
  });
});
