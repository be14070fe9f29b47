import { callSkill } from '@odoobo/skill-kit/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { patch } from '../review.fixture.js';
import { prReviewSkill } from '../skill.js';
import { GitHubServer, repository } from './github-server.fixture.js';

let github: GitHubServer;

beforeEach(async () => {
  github = await GitHubServer.start();
});

afterEach(() => github.close());

function call() {
  return callSkill(prReviewSkill({ GITHUB_API_URL: github.url }), { repository, pr_number: 7 });
}

describe('lockfiles of a pull request', () => {
  const manifest = (version: string) => `{\n  "dependencies": {\n    "zod": "${version}"\n  }\n}\n`;

  beforeEach(() => {
    github.diff = patch('packages/a/package.json', manifest('^3.0.0'), manifest('^4.0.0'));
    github.contents['packages/a/package.json'] = manifest('^4.0.0');
  });

  it('are expected where the repository keeps one', async () => {
    github.contents['pnpm-lock.yaml'] = 'lockfileVersion: 9.0\n';
    expect((await call()).output?.lockfile_sync).toEqual({
      status: 'out_of_sync',
      stale: [
        { manifest: 'packages/a/package.json', expected_one_of: ['pnpm-lock.yaml'], dependencies: ['zod'] },
      ],
    });
  });

  it('are not missed where it keeps none', async () => {
    expect((await call()).output).toMatchObject({ issues: [], lockfile_sync: { status: 'not_applicable' } });
  });

  it('are read as a whole when they changed', async () => {
    github.diff += patch('yarn.lock', 'a\n', 'b\n');
    github.contents['yarn.lock'] = 'b\n"zod@npm:^4.0.0":\n';
    expect((await call()).output?.lockfile_sync.status).toBe('in_sync');
  });
});

describe('a lockfile that changed alone', () => {
  const manifest = JSON.stringify({
    dependencies: { zod: '^4.0.0', own: 'workspace:*' },
    devDependencies: { vitest: '^4.1.0' },
    config: { port: '8080' },
  });

  it.each([
    ['package-lock.json', '    "zod": "^4.0.0",\n    "vitest": "^4.1.0"\n'],
    ['pnpm-lock.yaml', '      zod:\n        specifier: ^4.0.0\n      vitest:\n        specifier: ^4.1.0\n'],
    ['yarn.lock', '"zod@npm:^4.0.0":\n"vitest@npm:^4.1.0":\n'],
  ])('%s follows its manifest when it holds what that asks for', async (name, held) => {
    github.diff = patch(name, 'a\n', 'b\n');
    github.contents = { 'package.json': manifest, [name]: held };
    expect((await call()).output).toMatchObject({ issues: [], lockfile_sync: { stale: [] } });

    github.contents[name] = held.replaceAll('^4.0.0', '^5.0.0');
    const { output } = await call();
    expect(output?.lockfile_sync).toEqual({
      status: 'out_of_sync',
      stale: [{ manifest: 'package.json', expected_one_of: [name], dependencies: ['zod'] }],
    });
    expect(output?.issues).toMatchObject([
      { type: 'dependency', severity: 'medium', file: name, line: 1, side: 'RIGHT' },
    ]);
    expect(output?.issues[0]?.message).toContain('`zod` as `package.json` asks for');
  });

  it.each([
    ['has no manifest beside it', {}],
    ['has a manifest that is no JSON', { 'package.json': '{' }],
    ['has a manifest with other sections', { 'package.json': '{"dependencies": []}' }],
  ])('is left alone where it %s', async (_what, contents) => {
    github.diff = patch('package-lock.json', 'a\n', 'b\n');
    github.contents = { ...contents, 'package-lock.json': 'b\n' };
    expect((await call()).output).toMatchObject({ issues: [], lockfile_sync: { status: 'not_applicable' } });
  });
});
