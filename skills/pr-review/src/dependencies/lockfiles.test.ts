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
