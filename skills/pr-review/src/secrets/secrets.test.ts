import { callSkill } from '@odoobo/skill-kit/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GitHubServer, repository, tokenPattern } from '../github/github-server.fixture.js';
import { patch, processorMs, review } from '../review.fixture.js';
import { prReviewSkill } from '../skill.js';
import data from './gitleaks-rules.json' with { type: 'json' };

const random = 'q9Zt7Lm2Xc4Vb8Nn1Ks6';

describe('secrets', () => {
  it.each([
    ['config/app.yml', '  password: letmein', 'unquoted-password'],
    ['src/a.ts', `const k = '${'dapi'}0f3a9b7c1d5e2846a0c8e4f6b1d3957a';`, 'databricks-api-token'],
    ['src/a.ts', `const k = '${'lin_api'}_${random}${random}';`, 'linear-api-key'],
  ])('are found in %s: %s', async (file, line, rule) => {
    const { issues } = await review(patch(file, '', `${line}\n`));
    expect(issues).toMatchObject([{ type: 'secret', rule, line: 1, cwe: 'CWE-798' }]);
    expect(JSON.stringify(issues)).not.toContain(random);
  });

  it.each([
    ['a line that says so', 'src/a.ts', `const secret = '${random}'; // gitleaks:allow`],
    ['a password of a test', 'src/login.test.ts', "const password = 'hunter22';"],
    ['prose', 'docs/setup.md', 'password: "hunter22"'],
  ])('are not made of %s', async (_what, file, line) => {
    expect((await review(patch(file, '', `${line}\n`))).issues).toEqual([]);
  });

  it('are found on a line of any length, in seconds', async () => {
    const line = `${'token key secret api '.repeat(40_000)} k='${'lin_api'}_${random}${random}'`;
    const start = processorMs();
    const { issues } = await review(patch('a.txt', '', `${line}\n`));
    expect(issues).toMatchObject([{ rule: 'linear-api-key' }]);
    expect(processorMs() - start).toBeLessThan(8_000);
  });
});

if (process.env['NIGHTLY']) {
  describe('a change that has the keywords of all rules', () => {
    const keywords = [...new Set(data.rules.flatMap((rule) => rule.keywords))].join(' ');

    it('is read as far as there is time, and the rest by the other rules', async () => {
      const diff = patch('a.txt', '', `${`${keywords}\n`.repeat(600)}key = "${'AKIA'}IOSFODNN7EXAMPLE"\n`);
      const { issues, notes } = await review(diff);
      expect(issues).toMatchObject([{ rule: 'aws-access-key', line: 601 }]);
      expect(notes?.join()).toContain("too large for gitleaks' rules");
    });
  });
}

describe('the .gitleaks.toml of a repository', () => {
  let github: GitHubServer;

  beforeEach(async () => {
    github = await GitHubServer.start();
  });

  afterEach(() => github.close());

  async function reviewed(config: string, diff: string) {
    github.contents['.gitleaks.toml'] = config;
    github.diff = diff;
    const env = { GITHUB_API_URL: github.url, GITHUB_TOKEN: tokenPattern, GITHUB_REPOSITORIES: 'acme/*' };
    const { output } = await callSkill(prReviewSkill(env), { repository, pr_number: 7 });
    return { rules: output?.issues.map(({ rule }) => rule), notes: output?.notes };
  }

  const leak = patch('demo/config.ts', '', `export const apiKey = '${random}';\n`);

  it.each([
    ['a path', "[allowlist]\npaths = ['''^demo/''']"],
    ['an expression', `[[allowlists]]\nregexes = ['''^q9Zt7''']`],
    ['an expression for the line', `[[allowlists]]\nregexTarget = "line"\nregexes = ['''apiKey =''']`],
    ['a word', '[[allowlists]]\nstopwords = ["lm2xc4"]'],
    ['a rule', '[extend]\nuseDefault = true\ndisabledRules = ["assigned-secret"]'],
    ['a list of a rule', `[[rules]]\nid = "assigned-secret"\n[[rules.allowlists]]\npaths = ['''config''']`],
  ])('allows %s', async (_what, config) => {
    expect(await reviewed(config, leak)).toEqual({ rules: [], notes: undefined });
  });

  it.each([
    ['another path', "[allowlist]\npaths = ['''^other/''']"],
    [
      'both of two conditions',
      `[[allowlists]]\ncondition = "AND"\npaths = ['''^demo/''']\nregexes = ['''^x''']`,
    ],
    ['nothing at all', '[[allowlists]]'],
    ['another rule', `[[rules]]\nid = "npm-auth"\n[[rules.allowlists]]\npaths = ['''config''']`],
  ])('does not allow what needs %s', async (_what, config) => {
    expect((await reviewed(config, leak)).rules).toEqual(['assigned-secret']);
  });

  it.each([
    ['cannot be read', 'allowlist = ', leak, 'cannot be read'],
    ['has an expression that is none', "[allowlist]\npaths = ['''(''']", leak, 'cannot be read'],
    [
      'comes with the change',
      "[allowlist]\npaths = ['''.*''']",
      leak + patch('.gitleaks.toml', '', "[allowlist]\npaths = ['''.*''']\n"),
      'The change edits .gitleaks.toml',
    ],
  ])('is not obeyed where it %s, and this is said', async (_what, config, diff, note) => {
    const { rules, notes } = await reviewed(config, diff);
    expect([rules, notes?.join()]).toEqual([['assigned-secret'], expect.stringContaining(note)]);
  });

  it('with an expression that is slow elsewhere takes no time', async () => {
    const long = patch('a.ts', '', `const apiKey = '${'a'.repeat(400)}1B${random}';\n`);
    const start = processorMs();
    await reviewed("[allowlist]\nregexes = ['''^(a+)+$''']", long);
    expect(processorMs() - start).toBeLessThan(3_000);
  });
});
