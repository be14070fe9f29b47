import { createSkillServer } from '@odoobo/skill-kit';
import { callSkill, contractProblems } from '@odoobo/skill-kit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import manifest from '../skill.json' with { type: 'json' };
import { patch, processorMs, review } from './review.fixture.js';
import { skill } from './skill.js';

const secretKey = `${'AKIA'}IOSFODNN7EXAMPLE`;

describe('pr-review', () => {
  it('keeps its contract', async () => {
    expect(await contractProblems(manifest, skill)).toEqual([]);
  });

  it('answers its example of a diff as documented', async () => {
    const [example] = skill.examples;
    expect((await callSkill(skill, example?.input)).output).toEqual(example?.output);
  });

  it.each(manifest.smokeTests)(
    'passes its own smoke test: it $name',
    async ({ invoke, expect: expected }) => {
      expect((await callSkill(skill, invoke.input)).output).toMatchObject(expected);
    },
  );
});

describe('issues', () => {
  it('are found on added lines, numbered as in the new file', async () => {
    const before = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', ''].join(
      '\n',
    );
    const after = before.replace('two\n', '').replace('nine', `nine\nkey = "${secretKey}"`);
    const { issues } = await review(patch('config.yml', before, after));
    expect(issues).toEqual([
      {
        type: 'secret',
        severity: 'critical',
        file: 'config.yml',
        line: 9,
        side: 'RIGHT',
        message: 'This line contains an AWS access key id.',
        suggestion: expect.stringContaining('Revoke it'),
        rule: 'aws-access-key',
        cwe: 'CWE-798',
      },
    ]);
  });

  it('are not made of lines that are removed or only shown', async () => {
    const before = `key = "${secretKey}"\nother\n`;
    expect((await review(patch('a.js', before, 'other\n'))).issues).toEqual([]);
    expect((await review(patch('a.js', before, `${before}more\n`))).issues).toEqual([]);
  });

  it('never repeat the secret', async () => {
    const output = await review(patch('a.env', '', `KEY=${secretKey}\n`));
    expect(output.issues).toHaveLength(1);
    expect(JSON.stringify(output)).not.toContain(secretKey);
  });

  it('come with the most severe first', async () => {
    const after = `el.innerHTML = value;\neval(value);\nconst key = '${secretKey}';\n`;
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

  it('of code are not made of what comments and texts speak of', async () => {
    const code =
      '// eval(text)\nlog("never eval(text)");\n/* el.innerHTML = x */ eval(text);\nlog(`${eval(a)}`);\n';
    const { issues } = await review(patch('a.ts', '', code));
    expect(issues.map(({ line }) => line)).toEqual([3, 4]);
  });

  it.each([
    ['a.ts', 'const q = `\n  SELECT *\n  FROM users\n  WHERE id = ${id}`;\n', [1]],
    ['a.ts', 'const q = sql`\n  SELECT *\n  FROM users\n  WHERE id = ${id}`;\n', []],
    ['a.py', 'q = f"""\n  SELECT *\n  FROM users\n  WHERE id = {id}"""\n', [1]],
    ['a.py', 'q = """\n  SELECT *\n  FROM users\n  WHERE id = %s"""\n', []],
  ])('are found in a statement over several lines (%s, %j)', async (file, code, lines) => {
    expect((await review(patch(file, '', code))).issues.map(({ line }) => line)).toEqual(lines);
  });

  it('below the threshold are left out, and do not count', async () => {
    const diff = patch('a.ts', '', 'el.innerHTML = value;\n');
    const { issues, approval_recommendation } = await review(diff, { severity_threshold: 'high' });
    expect([issues, approval_recommendation]).toEqual([[], 'approve']);
    expect((await review(diff, { severity_threshold: 'medium' })).issues).toHaveLength(1);
  });
});

describe('input', () => {
  it.each([
    ['nothing', {}, 'input/diff'],
    ['half a pull request', { repository: 'acme/shop' }, 'input/pr_number'],
    ['a number alone', { pr_number: 1 }, 'input/repository'],
    ['both', { diff: 'x', repository: 'acme/shop', pr_number: 1 }, 'input/repository'],
    ['a comment on a diff', { diff: 'x', auto_comment: true }, 'input/auto_comment'],
    ['a repository that leaves its path', { repository: 'acme/..', pr_number: 1 }, 'input/repository'],
    ['a URL', { repository: 'http://169.254.169.254/', pr_number: 1 }, 'input/repository'],
    ['a severity that is none', { diff: 'x', severity_threshold: 'awful' }, 'input/severity_threshold'],
  ])('with %s is refused', async (_what, input, path) => {
    const { status, error } = await callSkill(skill, input);
    expect([status, error?.details?.map((detail) => detail.path)]).toEqual([
      400,
      expect.arrayContaining([path]),
    ]);
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

  const added = process.env['NIGHTLY'] ? 100_000 : 25_000;
  it(`reads a diff of ${added} lines in seconds`, async () => {
    const lines = Array.from({ length: added }, (_, i) => `+const value${i} = "password" + secret(${i});`);
    const diff = `--- a/x.js\n+++ b/x.js\n@@ -0,0 +1,${added} @@\n${lines.join('\n')}\n`;
    const start = processorMs();
    expect((await review(diff)).files[0]?.additions).toBe(added);
    // A tenth of a millisecond a line: as long for each where there are more.
    expect(processorMs() - start).toBeLessThan(added / 10);
  });

  it.each([
    ['brackets', '{[(<', 'a.ts'],
    ['templates', 'a`${', 'a.ts'],
    ['noise', '\u0000)}]>', 'a.py'],
  ])('reads nested %s, and answers others meanwhile', async (_what, seed, file) => {
    const server = createSkillServer(manifest, skill, { env: { LOG_LEVEL: 'silent' } });
    const input = { diff: patch(file, '', `${seed.repeat(60_000 / seed.length)}\n`) };
    const answer = server.inject({ method: 'POST', url: '/invoke', payload: { input } });
    const first = await Promise.race([answer, server.inject('/health')]);
    expect(first.json()).toMatchObject({ status: 'healthy' });
    expect((await answer).json()).toMatchObject({
      output: { files: [{ path: file, read_as: 'fragments' }] },
    });
  });

  const lines = ['export function f() {}', 'const value = compute();', 'export class A { m() {} }'];
  it.each(process.env['NIGHTLY'] ? lines : lines.slice(0, 1))(
    'reads a line that is there twenty thousand times in seconds: %s',
    async (line) => {
      const start = processorMs();
      const { files } = await review(patch('a.ts', '', `${line}\n`.repeat(20_000)));
      expect(processorMs() - start).toBeLessThan(10_000);
      expect(files[0]?.additions).toBe(20_000);
    },
  );

  it('reads a file that is too large to parse line by line', async () => {
    const diff = patch('a.js', '', `${'x = [1, 2, 3];\n'.repeat(50_000)}eval(x);\n`);
    const { files, issues } = await review(diff);
    expect(files).toMatchObject([{ read_as: 'lines' }]);
    expect(issues.map(({ line }) => line)).toEqual([50_001]);
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
