import { callSkill, contractProblems } from '@odoobo/skill-kit/testing';
import { createTwoFilesPatch } from 'diff';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import manifest from '../skill.json' with { type: 'json' };
import { skill } from './skill.js';

async function review(diff: string) {
  const { status, output, error } = await callSkill(skill, { diff });
  if (!output) throw new Error(`${status}: ${error?.message}`);
  return output;
}

function patch(file: string, before: string, after: string): string {
  return `diff --git a/${file} b/${file}\n${createTwoFilesPatch(`a/${file}`, `b/${file}`, before, after)}`;
}

const KEY = `${'AKIA'}IOSFODNN7EXAMPLE`;

describe('pr-review', () => {
  it('keeps its contract', async () => {
    expect(await contractProblems(manifest, skill)).toEqual([]);
  });

  it('answers its examples as documented', async () => {
    for (const { input, output } of skill.examples)
      expect((await callSkill(skill, input)).output).toEqual(output);
  });
});

describe('issues', () => {
  it('are found on added lines, numbered as in the new file', async () => {
    const before = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', ''].join(
      '\n',
    );
    const after = before.replace('two\n', '').replace('nine', `nine\nkey = "${KEY}"`);
    const { issues } = await review(patch('config.yml', before, after));
    expect(issues).toEqual([
      {
        type: 'secret',
        severity: 'critical',
        file: 'config.yml',
        line: 9,
        message: 'This line holds an AWS access key id.',
        suggestion: expect.stringContaining('Revoke it'),
      },
    ]);
  });

  it('are not made of lines that are removed or only shown', async () => {
    const before = `key = "${KEY}"\nother\n`;
    expect((await review(patch('a.js', before, 'other\n'))).issues).toEqual([]);
    expect((await review(patch('a.js', before, `${before}more\n`))).issues).toEqual([]);
  });

  it('never repeat the secret', async () => {
    const output = await review(patch('a.env', '', `KEY=${KEY}\n`));
    expect(output.issues).toHaveLength(1);
    expect(JSON.stringify(output)).not.toContain(KEY);
  });

  it('come with the most severe first', async () => {
    const after = `el.innerHTML = value;\neval(value);\nconst key = '${KEY}';\n`;
    const { issues } = await review(patch('a.ts', '', after));
    expect(issues.map(({ severity, line }) => [severity, line])).toEqual([
      ['critical', 3],
      ['high', 2],
      ['medium', 1],
    ]);
  });

  it('of code are looked for in files of that language only', async () => {
    const line = 'result = eval(text)\n';
    expect((await review(patch('notes.md', '', line))).issues).toEqual([]);
    expect((await review(patch('tool.py', '', line))).issues).toHaveLength(1);
  });
});

describe('files', () => {
  it('are listed with what happened to them', async () => {
    const diff = [
      patch('src/a.ts', 'one\ntwo\n', 'one\nthree\nfour\n'),
      'diff --git a/old name.txt b/new name.txt\nsimilarity index 100%\nrename from old name.txt\nrename to new name.txt\n',
      'diff --git a/new.txt b/new.txt\nnew file mode 100644\nindex 0000000..5626abf\n--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1 @@\n+one\n',
      'diff --git a/gone.txt b/gone.txt\ndeleted file mode 100644\nindex 5626abf..0000000\n--- a/gone.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n',
      'diff --git a/logo.png b/logo.png\nindex 1234567..89abcde 100644\nBinary files a/logo.png and b/logo.png differ\n',
    ].join('');
    const { files, approval_recommendation } = await review(diff);
    expect(files).toEqual([
      { path: 'src/a.ts', status: 'modified', additions: 2, deletions: 1, binary: false },
      { path: 'new name.txt', status: 'renamed', additions: 0, deletions: 0, binary: false },
      { path: 'new.txt', status: 'added', additions: 1, deletions: 0, binary: false },
      { path: 'gone.txt', status: 'deleted', additions: 0, deletions: 1, binary: false },
      { path: 'logo.png', status: 'modified', additions: 0, deletions: 0, binary: true },
    ]);
    expect(approval_recommendation).toBe('approve');
  });

  it('are counted as the diff of any two texts has them', async () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', '-d', '+e', '@@', '\\ f', ''), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(lines, lines, async (before, after) => {
        fc.pre(before.join('\n') !== after.join('\n'));
        const diff = patch('x.txt', `${before.join('\n')}\n`, `${after.join('\n')}\n`);
        const { files } = await review(diff);
        const body = diff.split('\n').slice(diff.split('\n').findIndex((line) => line.startsWith('@@')));
        expect(files).toEqual([
          {
            path: 'x.txt',
            status: 'modified',
            additions: body.filter((line) => line.startsWith('+')).length,
            deletions: body.filter((line) => line.startsWith('-')).length,
            binary: false,
          },
        ]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('lockfile_sync', () => {
  const manifestChange = (file = 'package.json') =>
    patch(
      file,
      '{\n  "name": "x",\n  "dependencies": {\n    "zod": "^4.0.0"\n  }\n}\n',
      '{\n  "name": "x",\n  "dependencies": {\n    "@scope/new-one": "1.2.3",\n    "zod": "^4.0.0"\n  }\n}\n',
    );
  const lockChange = (file: string) => patch(file, 'a\n', 'b\n');

  it('says which lockfile did not follow a manifest', async () => {
    const { lockfile_sync, approval_recommendation } = await review(manifestChange());
    expect(lockfile_sync).toMatchObject({ status: 'out_of_sync', stale: [{ manifest: 'package.json' }] });
    expect(lockfile_sync.stale[0]?.expected_one_of).toContain('pnpm-lock.yaml');
    expect(approval_recommendation).toBe('comment');
  });

  it.each([
    ['beside the manifest', 'package.json', 'package-lock.json', 'in_sync'],
    ['at the root of the workspace', 'packages/a/package.json', 'yarn.lock', 'in_sync'],
    ['of another package', 'packages/a/package.json', 'packages/b/yarn.lock', 'out_of_sync'],
  ])('knows a lockfile %s', async (_where, changed, lockfile, status) => {
    const { lockfile_sync } = await review(manifestChange(changed) + lockChange(lockfile));
    expect(lockfile_sync.status).toBe(status);
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
  ])('is not concerned with %s', async (_what, file, before, after) => {
    expect((await review(patch(file, before, after))).lockfile_sync.status).toBe('not_applicable');
  });

  it.each([
    ['pyproject.toml', 'requests = "^2.0"\n', 'requests = "^2.1"\n', 'poetry.lock'],
    ['pyproject.toml', '  "requests>=2.0",\n', '  "requests>=2.1",\n', 'uv.lock'],
    ['Pipfile', 'requests = "*"\n', 'requests = "==2.1"\n', 'Pipfile.lock'],
  ])('reads %s as well', async (file, before, after, lockfile) => {
    expect((await review(patch(file, before, after))).lockfile_sync.status).toBe('out_of_sync');
    expect((await review(patch(file, before, after) + lockChange(lockfile))).lockfile_sync.status).toBe(
      'in_sync',
    );
  });
});

describe('complexity_score', () => {
  it('grows with size, files and branches, up to 10', async () => {
    const small = await review(patch('a.ts', '', 'const a = 1;\n'));
    const branchy = await review(patch('a.ts', '', 'if (a && b) c();\n'.repeat(10)));
    const large = Array.from({ length: 20 }, (_, i) => patch(`${i}.ts`, '', 'if (a) b();\n'.repeat(30))).join(
      '',
    );
    const huge = await review(large);
    expect(small.complexity_score).toBeLessThan(branchy.complexity_score);
    expect(huge.complexity_score).toBe(10);
    expect([small.approval_recommendation, huge.approval_recommendation]).toEqual(['approve', 'comment']);
  });
});

describe('hostile input', () => {
  it.each([
    ['prose', 'Please review my change.', 'not_a_diff'],
    ['a hunk that promises too much', '--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n+one\n', 'broken_diff'],
    ['a hunk with a broken head', '--- a/x\n+++ b/x\n@@ -a +b @@\n+one\n', 'broken_diff'],
  ])('refuses %s with a reason', async (_name, diff, code) => {
    const { status, error } = await callSkill(skill, { diff });
    expect([status, error?.code]).toEqual([422, code]);
  });

  it('reads a diff of a hundred thousand lines in seconds', async () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `+const value${i} = "password" + secret(${i});`);
    const diff = `--- a/x.js\n+++ b/x.js\n@@ -0,0 +1,100000 @@\n${lines.join('\n')}\n`;
    const start = performance.now();
    expect((await review(diff)).files[0]?.additions).toBe(100_000);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('answers any text with a review or a reason', async () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('--- a/x', '+++ b/x', '@@ -1 +1 @@', '+a', '-b', 'diff --git a/x b/x'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 10 }), async (lines) => {
        fc.pre(lines.join('\n') !== '');
        expect([200, 422]).toContain((await callSkill(skill, { diff: lines.join('\n') })).status);
      }),
      { numRuns: 300 },
    );
  });
});
