import { callSkill } from '@odoobo/skill-kit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patch, review } from '../review.fixture.js';
import { skill } from '../skill.js';

const rest = { read_as: 'lines', functions: [] };

describe('files', () => {
  it('are listed with what happened to them', async () => {
    const diff = [
      patch('src/a.ts', 'one\ntwo\n', 'one\nthree\nfour\n'),
      'diff --git a/old name.txt b/new name.txt\nsimilarity index 100%\nrename from old name.txt\nrename to new name.txt\n',
      'diff --git a/new.txt b/new.txt\nnew file mode 100644\nindex 0000000..5626abf\n--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1 @@\n+one\n',
      'diff --git a/gone.py b/gone.py\ndeleted file mode 100644\nindex 5626abf..0000000\n--- a/gone.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n',
      'diff --git a/logo.png b/logo.png\nindex 1234567..89abcde 100644\nBinary files a/logo.png and b/logo.png differ\n',
    ].join('');
    const { files, approval_recommendation } = await review(diff);
    expect(files).toEqual([
      {
        path: 'src/a.ts',
        status: 'modified',
        additions: 2,
        deletions: 1,
        binary: false,
        read_as: 'fragments',
        functions: [],
      },
      { path: 'new name.txt', status: 'renamed', additions: 0, deletions: 0, binary: false, ...rest },
      { path: 'new.txt', status: 'added', additions: 1, deletions: 0, binary: false, ...rest },
      {
        path: 'gone.py',
        status: 'deleted',
        additions: 0,
        deletions: 1,
        binary: false,
        read_as: 'whole',
        functions: [],
      },
      { path: 'logo.png', status: 'modified', additions: 0, deletions: 0, binary: true, ...rest },
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
        const counted = (mark: string) => body.filter((line) => line.startsWith(mark)).length;
        expect(files).toMatchObject([{ additions: counted('+'), deletions: counted('-') }]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the diff of a merge', () => {
  const merge = `commit 6431f1e6722f1455b74f93ec328eb235ef66731a
Merge: 87ff14f 84bad73

    merge

diff --cc src/a.js
index 8ff651d,3a12b46..2607ef8
--- a/src/a.js
+++ b/src/a.js
@@@ -1,4 -1,4 +1,6 @@@ function a() {
  one
 -two-other
 +two-mine
++eval(x)
  three
- four
+ eval(y)
++five
`;

  it('is read as what the merge changes in the branch that it was merged into', async () => {
    const { files, issues } = await review(merge);
    expect(files).toMatchObject([{ path: 'src/a.js', additions: 3, deletions: 1 }]);
    expect(issues.map(({ rule, line }) => [rule, line])).toEqual([
      ['eval', 3],
      ['eval', 5],
    ]);
  });

  it('may have three parents, and paths with special characters', async () => {
    const octopus =
      'diff --cc "a\\tb.js"\nindex 1,2,3..4\n--- "a/a\\tb.js"\n+++ "b/a\\tb.js"\n@@@@ -1 -1 -1 +1,2 @@@@\n   one\n+++eval(x)\n';
    expect((await review(octopus)).files).toMatchObject([{ additions: 1, deletions: 0 }]);
  });

  it.each([
    ['promises more lines', merge.replace('+1,6', '+1,9')],
    [
      'has ranges for another number of parents',
      merge.replace('@@@ -1,4 -1,4 +1,6 @@@', '@@@@ -1,4 -1,4 +1,6 @@@@'),
    ],
    ['has a broken head', merge.replace('+1,6', '+x')],
  ])('is refused where it %s', async (_what, diff) => {
    const { status, error } = await callSkill(skill, { diff });
    expect([status, error?.code]).toEqual([422, 'broken_diff']);
  });

  it('is never read as no change', async () => {
    const mark = fc.constantFrom('  ', '+ ', ' +', '++', '- ', ' -', '--');
    await fc.assert(
      fc.asyncProperty(fc.array(mark, { minLength: 1, maxLength: 20 }), async (marks) => {
        const count = (keep: (each: string) => boolean) => marks.filter(keep).length;
        const result = count((each) => !each.includes('-'));
        const parents = [0, 1].map((at) =>
          count((each) => (each.includes('-') ? each[at] === '-' : each[at] === ' ')),
        );
        const body = marks.map((each) => `${each}x\n`).join('');
        const diff = `diff --cc a.txt\nindex 1,2..3\n--- a/a.txt\n+++ b/a.txt\n@@@ -1,${parents[0]} -1,${parents[1]} +1,${result} @@@\n${body}`;
        expect((await review(diff)).files).toMatchObject([
          {
            additions: count((each) => each.startsWith('+')),
            deletions: count((each) => each.startsWith('-')),
          },
        ]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('files of others', () => {
  it.each([
    ['vendor/a/b.js', 'vendored'],
    ['web/static/lib/a.js', 'vendored'],
    ['public/jquery-3.7.1.js', 'vendored'],
    ['dist/app.min.js', 'minified'],
    ['api_pb2.py', 'generated'],
  ])('are not read, and this is said: %s', async (file, reason) => {
    const { files, issues, notes, approval_recommendation } = await review(patch(file, '', 'eval(x)\n'));
    expect([files[0]?.skipped, issues, approval_recommendation]).toEqual([reason, [], 'comment']);
    expect(notes?.join()).toContain(`1 ${reason} file (${file})`);
  });

  it.each([
    ['minified', 'web/app.js', `eval(x);${'a=b;'.repeat(2_000)}\n`],
    ['generated', 'web/api.ts', '// Code generated by a tool. DO NOT EDIT.\neval(x);\n'],
  ])('are known by what is in them: %s', async (reason, file, code) => {
    expect((await review(patch(file, '', code))).files).toMatchObject([{ skipped: reason }]);
  });

  it.each(['src/vendors.ts', 'src/jquery.ts', 'lib/a.js', 'src/minify.js'])('are not %s', async (file) => {
    expect((await review(patch(file, '', 'eval(x)\n'))).issues).toHaveLength(1);
  });
});
