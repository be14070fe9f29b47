import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patch, review } from '../review.fixture.js';

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
