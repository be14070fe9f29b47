import { describe, expect, it } from 'vitest';
import { patch, processorMs, review } from '../review.fixture.js';
import { ambiguity } from './expressions.js';

/** Rule, side and line of each weakness that a change of a file brings in. */
async function found(file: string, before: string, after: string): Promise<string[]> {
  const { issues } = await review(patch(file, before, after));
  return issues
    .filter(({ type }) => type === 'injection' || type === 'configuration')
    .map(({ rule, side, line }) => `${rule} ${side} ${line}`);
}

/** A function in whose body a line stands. */
const inScript = (body: string) =>
  `export function run(input, res) {\n  start(input);\n${body}  return done(input);\n}\n`;
const inGo = (body: string) =>
  `func run(input string) error {\n\tstart(input)\n${body}\treturn done(input)\n}\n`;

describe('a change that takes a protection away', () => {
  it.each([
    [
      'escaping',
      'a.js',
      inScript('  show(escapeHtml(input));\n'),
      inScript('  show(input);\n'),
      'escaping-removed RIGHT 3',
    ],
    [
      'the escaping of PHP',
      'a.php',
      "<?php\n$a = '<b>' . esc($b);\n",
      "<?php\n$a = '<b>' . $b;\n",
      'escaping-removed RIGHT 2',
    ],
    [
      'a check of a path',
      'a.go',
      inGo('\tif strings.Contains(input, "..") {\n\t\treturn errBad\n\t}\n'),
      inGo(''),
      'path-check-removed LEFT 3',
    ],
    [
      'a guard of the prototype',
      'a.js',
      inScript("  if (input === '__proto__') return;\n"),
      inScript(''),
      'prototype-guard-removed LEFT 3',
    ],
    [
      'the end of the options',
      'a.go',
      inGo('\trun("git", "rebase", "--end-of-options", input)\n'),
      inGo('\trun("git", "rebase", input)\n'),
      'option-from-value RIGHT 3',
    ],
    [
      'a sign-in',
      'a.py',
      '@login_required\ndef show(request):\n    return page(request)\n',
      'def show(request):\n    return page(request)\n',
      'sign-in-check-removed LEFT 1',
    ],
    [
      'a comparison in constant time',
      'a.py',
      'def ok(a, b):\n    return hmac.compare_digest(a, b)\n',
      'def ok(a, b):\n    return a == b\n',
      'constant-time-comparison-removed RIGHT 2',
    ],
    [
      'a limit of classes',
      'a.php',
      "<?php\n$a = read($b, ['allowed_classes' => false]);\n",
      '<?php\n$a = read($b);\n',
      'safe-deserialisation-removed RIGHT 2',
    ],
    [
      'the refusal of entities',
      'a.py',
      'def parser():\n    return make(resolve_entities=False)\n',
      'def parser():\n    return make()\n',
      'xml-entities-allowed RIGHT 2',
    ],
    [
      'a helper that checks, and its call',
      'a.js',
      `function inside(p) {\n  return path.normalize(p).replace(/^(\\.\\.\\/)+/, '');\n}\n${inScript('  open(inside(input));\n')}`,
      inScript('  open(input);\n'),
      'path-check-removed RIGHT 3',
    ],
    [
      'a condition that refuses',
      'a.go',
      inGo('\tif !user.MayLoad {\n\t\treturn errForbidden\n\t}\n'),
      inGo(''),
      'guard-removed LEFT 3',
    ],
    [
      'one of two conditions',
      'a.js',
      inScript('  if (input.own && input.same) send(input);\n'),
      inScript('  if (input.own || input.same) send(input);\n'),
      'condition-widened RIGHT 3',
    ],
    [
      'the types of a comparison',
      'a.php',
      '<?php\nif ($token === $known) { go(); }\n',
      '<?php\nif ($token == $known) { go(); }\n',
      'comparison-loosened RIGHT 2',
    ],
    [
      'a dangerous character',
      'a.js',
      inScript("  input = input.replace(/[<>\"]/g, '');\n"),
      inScript("  input = input.replace(/[<>]/g, '');\n"),
      'characters-let-through RIGHT 3',
    ],
    [
      'the safe one of two packages',
      'a.go',
      'import (\n\t"html/template"\n)\n',
      'import (\n\t"text/template"\n)\n',
      'escaping-removed LEFT 2',
    ],
    [
      'a limit of a container',
      'deploy/app.yaml',
      'securityContext:\n  runAsNonRoot: true\n  runAsUser: 1000\n',
      'securityContext:\n  runAsUser: 1000\n',
      'container-limit-removed LEFT 2',
    ],
    [
      'the anchor of an expression',
      'a.rb',
      'def ok(kind)\n  kind =~ /\\Aimage/\nend\n',
      'def ok(kind)\n  kind =~ /image/\nend\n',
      'anchor-removed RIGHT 2',
    ],
    [
      'the bound of an expression',
      'a.js',
      inScript("  input = input.replace(/\\/?$/, '');\n"),
      inScript("  input = input.replace(/\\/+$/, '');\n"),
      'expression-made-slower RIGHT 3',
    ],
  ])('%s', async (_what, file, before, after, issue) => {
    expect(await found(file, before, after)).toContain(issue);
  });

  it.each([
    [
      'moves it',
      inScript('  show(escapeHtml(input));\n'),
      inScript('  const text = escapeHtml(input);\n  show(text);\n'),
    ],
    [
      'puts another in its place',
      inScript('  show(escapeHtml(input));\n'),
      inScript('  show(DOMPurify.sanitize(input));\n'),
    ],
    [
      'removes all of a function',
      `function a(b) {\n  return escapeHtml(b);\n}\n${inScript('')}`,
      inScript(''),
    ],
    ['removes a comment', inScript('  // escapeHtml(input) is not needed\n'), inScript('')],
    ['removes an import', `import { escapeHtml } from './html.js';\n${inScript('')}`, inScript('')],
    ['removes a check for null', inScript('  if (input === null) return;\n'), inScript('')],
    ['adds one', inScript('  show(input);\n'), inScript('  show(escapeHtml(input));\n')],
  ])('differs from one that %s', async (_what, before, after) => {
    expect(await found('a.js', before, after)).toEqual([]);
  });

  it('is not looked for in tests, which protect nothing', async () => {
    expect(
      await found('src/a.test.js', inScript('  show(escapeHtml(input));\n'), inScript('  show(input);\n')),
    ).toEqual([]);
  });

  it('that moves code to another file takes nothing away', async () => {
    const there = patch('a.js', inScript('  show(escapeHtml(input));\n'), inScript('  show(input);\n'));
    const here = patch('b.js', inScript(''), inScript('  show(escapeHtml(input));\n'));
    expect((await review(there + here)).issues).toEqual([]);
  });

  it('is read in seconds where thousands of lines lose one', async () => {
    const lines = (call: string) =>
      Array.from(
        { length: 1_500 },
        (_, n) => `  show(${call}(value${n}).replace(/[a${n}]*${'b*[cd]*'.repeat(20)}/, ''));\n`,
      );
    const start = processorMs();
    const { issues } = await review(patch('a.js', lines('escapeHtml').join(''), lines('String').join('')));
    expect(issues.filter(({ rule }) => rule === 'escaping-removed')).toHaveLength(30);
    expect(processorMs() - start).toBeLessThan(6_000);
  });

  it('is read in no time where it is hostile', async () => {
    const seeds = [
      'escape(',
      'in_array(',
      "'..",
      'checkpath',
      '.filter(user',
      '/[a]*',
      'before_action :',
      '(((a*',
      'a_',
    ];
    const lines = seeds
      .map((seed) => `  x = ${seed.repeat(1_900 / seed.length)};\n`)
      .join('')
      .repeat(10);
    const start = processorMs();
    await review(patch('a.rb', lines, 'x\n'));
    expect(processorMs() - start).toBeLessThan(3_000);
  });
});

describe('the ways of an expression', () => {
  it.each([
    [String.raw`^\/+`, 0],
    [String.raw`\/+$`, 1],
    [String.raw`\s*,\s*`, 1],
    [String.raw`^(\w+)-(\w+)$`, 0],
    [String.raw`(a+)+`, 3],
  ])('of %s are %s', (expression, ways) => {
    expect(ambiguity(expression)).toBe(ways);
  });
});
