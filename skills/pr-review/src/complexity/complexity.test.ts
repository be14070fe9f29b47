import { describe, expect, it } from 'vitest';
import { patch, review } from '../review.fixture.js';

describe('functions', () => {
  it.each([
    ['a straight one', 'a.ts', 'function f() {\n  return 1;\n}\n', 1],
    ['conditions', 'a.ts', 'function f(a, b) {\n  if (a && b) return 1;\n  return a ?? (b ? 1 : 2);\n}\n', 5],
    ['loops', 'a.ts', 'function f(a) {\n  for (const b of a) while (b) c();\n  do d(); while (e);\n}\n', 4],
    [
      'cases',
      'a.js',
      'function f(a) {\n  switch (a) {\n    case 1:\n    case 2: break;\n    default:\n  }\n}\n',
      3,
    ],
    ['a catch', 'a.js', 'function f() {\n  try { a(); } catch { b(); }\n}\n', 2],
    [
      'words in texts',
      'a.js',
      'function f() {\n  // if (a && b)\n  return "if (a && b)" + `for ${c}`;\n}\n',
      1,
    ],
    ['types', 'a.ts', 'function f(a: string | number & B): a is C {\n  return a?.b;\n}\n', 1],
    ['Python', 'a.py', 'def f(a):\n    if a and b or c:\n        pass\n    elif d:\n        pass\n', 5],
    ['a comprehension', 'a.py', 'def f(a):\n    return [b for b in a if b]\n', 3],
    ['exceptions', 'a.py', 'def f():\n    try:\n        a()\n    except B:\n        pass\n', 2],
  ])('count the branches of %s', async (_what, file, code, complexity) => {
    const { files } = await review(patch(file, '', code));
    expect(files[0]?.functions).toEqual([{ name: 'f', line: 1, complexity }]);
  });

  it('are named after what holds them, and count apart from those inside', async () => {
    const code = `export class Cart {
  total() {
    return this.items.filter((item) => item.a && item.b);
  }
}
const add = (a) => (a ? 1 : 2);
const api = { get: function () {} };
`;
    const { files } = await review(patch('a.ts', '', code));
    expect(files[0]?.functions.map(({ name, complexity }) => [name, complexity])).toEqual([
      ['(anonymous)', 2],
      ['Cart.total', 1],
      ['add', 2],
      ['get', 1],
    ]);
  });

  it('are listed when they changed, with what they were before', async () => {
    const before = 'function a() {\n  b();\n}\n\n\n\n\n\nfunction c() {\n  d();\n}\n';
    const { files } = await review(patch('a.js', before, before.replace('d();', 'if (e) d();')));
    expect(files[0]?.functions).toEqual([{ name: 'c', line: 9, complexity: 2, before: 1 }]);
  });
});

describe('complex functions', () => {
  const withBranches = (count: number) => `function f() {\n${'  if (a) b();\n'.repeat(count)}}\n`;

  it.each([
    [9, []],
    [10, ['low']],
    [19, ['low']],
    [20, ['medium']],
  ])('with %i branches are %j', async (count, severities) => {
    const { issues } = await review(patch('a.js', '', withBranches(count)));
    expect(issues.map(({ type, severity }) => [type, severity])).toEqual(
      severities.map((severity) => ['complexity', severity]),
    );
  });

  it('are reported on a changed line, with the figure', async () => {
    const { issues } = await review(patch('a.js', withBranches(10), `${withBranches(12)}`, 50));
    expect(issues).toMatchObject([{ file: 'a.js', line: 12, side: 'RIGHT' }]);
    expect(issues[0]?.message).toContain('`f` has many paths: its cyclomatic complexity is 13, above 10.');
  });

  it('are not reported if the change does not add to them', async () => {
    const before = withBranches(15);
    expect((await review(patch('a.js', before, before.replace('b()', 'c()'), 50))).issues).toEqual([]);
    expect((await review(patch('a.js', before, withBranches(12), 50))).issues).toEqual([]);
  });
});

describe('complexity_score', () => {
  it('grows with size, files and branches, up to 10', async () => {
    const small = await review(patch('a.ts', '', 'const a = 1;\n'));
    const branchy = await review(patch('a.ts', '', 'if (a && b) c();\n'.repeat(10)));
    const large = Array.from({ length: 20 }, (_, i) => patch(`${i}.go`, '', 'if a { b() }\n'.repeat(30)));
    const huge = await review(large.join(''));
    expect(small.complexity_score).toBeLessThan(branchy.complexity_score);
    expect(huge.complexity_score).toBe(10);
    expect([small.approval_recommendation, huge.approval_recommendation]).toEqual(['approve', 'comment']);
  });

  it('counts no branches in comments and texts', async () => {
    const plain = await review(patch('a.ts', '', '// nothing\n'));
    expect((await review(patch('a.ts', '', '// if (a && b) c ?? d\n'))).complexity_score).toBe(
      plain.complexity_score,
    );
  });
});
