import { callSkill } from '@odoobo/skill-kit/testing';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { createRequire } from 'node:module';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GitHubServer } from '../github/github-server.fixture.js';
import { patch, review } from '../review.fixture.js';
import { prReviewSkill } from '../skill.js';

interface Log {
  version: string;
  runs: [
    {
      tool: { driver: { name: string; rules: { id: string; properties: object }[] } };
      results: {
        ruleId: string;
        ruleIndex: number;
        level: string;
        message: { text: string };
        locations: [
          { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } },
        ];
        partialFingerprints: Record<string, string>;
      }[];
    },
  ];
}

// What GitHub's code scanning reads is this release of the schema, as its publisher ships it. Of draft 4 it uses only the
// two keys that draft 7 names differently.
const { $schema, id, ...schema } = createRequire(import.meta.url)(
  '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
) as Record<string, unknown>;
const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
(addFormats as unknown as (ajv: Ajv) => void)(ajv);
const isValid = ajv.compile(schema);

/** The log for a diff, checked against SARIF's schema. */
async function sarif(diff: string): Promise<Log> {
  const { sarif: log } = await review(diff, { sarif: true });
  isValid(log);
  expect(isValid.errors).toBeNull();
  return log as unknown as Log;
}

const resultsOf = ({ runs }: Log) => runs[0].results;

/** Rule, level, file and line of each result. */
function placesOf(log: Log) {
  return resultsOf(log).map(({ ruleId, level, locations: [{ physicalLocation }] }) => {
    const { artifactLocation, region } = physicalLocation;
    return [ruleId, level, artifactLocation.uri, region.startLine];
  });
}

const secretKey = `${'AKIA'}IOSFODNN7EXAMPLE`;

describe('a SARIF log', () => {
  it('is checked against version 2.1.0 of the schema', () => {
    expect([$schema, id]).toEqual([
      expect.stringContaining('draft-04'),
      expect.stringContaining('sarif-2.1.0-rtm.5'),
    ]);
    expect([isValid({ version: '2.1.0', runs: [{}] }), isValid({ version: '2.1.0', runs: [] })]).toEqual([
      false,
      true,
    ]);
  });

  it('is returned only when it is asked for', async () => {
    const diff = patch('a.ts', '', 'eval(value);\n');
    expect(await review(diff)).not.toHaveProperty('sarif');
    expect(await review(diff, { sarif: true })).toHaveProperty('sarif.version', '2.1.0');
  });

  it('has every issue with its rule, level, file and line', async () => {
    const log = await sarif(
      [
        patch('a.ts', '', `el.innerHTML = value;\neval(value);\nconst key = '${secretKey}';\n`),
        patch('package.json', '{\n}\n', '{\n  "dependencies": { "a": "*" }\n}\n'),
      ].join(''),
    );
    expect(placesOf(log)).toEqual(
      expect.arrayContaining([
        ['aws-access-key', 'error', 'a.ts', 3],
        ['eval', 'error', 'a.ts', 2],
        ['html-from-value', 'warning', 'a.ts', 1],
      ]),
    );
    const { driver } = log.runs[0].tool;
    expect(driver.name).toBe('pr-review');
    for (const { ruleId, ruleIndex } of resultsOf(log)) expect(driver.rules[ruleIndex]?.id).toBe(ruleId);
    expect(driver.rules.find(({ id }) => id === 'eval')?.properties).toEqual({
      tags: ['security', 'external/cwe/cwe-95'],
      'security-severity': '8.0',
    });
    expect(JSON.stringify(log)).not.toContain(secretKey);
  });

  it('is empty for a harmless change, which closes earlier alerts', async () => {
    const log = await sarif(patch('a.ts', 'const a = 1;\n', 'const a = 2;\n'));
    expect([resultsOf(log), log.runs[0].tool.driver.rules]).toEqual([[], []]);
  });

  it('shows an issue about a removed line where that line was', async () => {
    const before = 'const a = 1;\nconst b = 2;\nexport const gone = a + b;\nexport const kept = a;\n';
    const after = '// a comment\nconst a = 1;\nconst b = 2;\nexport const kept = a;\n';
    expect(placesOf(await sarif(patch('a.ts', before, after)))).toEqual([
      ['export-removed', 'error', 'a.ts', 4],
    ]);
    const atTheEnd = patch('b.ts', `${after}export const gone = 1;\n`, after);
    expect(placesOf(await sarif(atTheEnd))).toEqual([['export-removed', 'error', 'b.ts', 4]]);
  });

  it('identifies an issue while its line moves, and two of one kind apart', async () => {
    const prints = async (text: string) =>
      resultsOf(await sarif(patch('a.ts', '', text))).map(({ partialFingerprints }) => partialFingerprints);
    const [first, second] = await prints('eval(a);\neval(b);\n');
    expect(first).not.toEqual(second);
    expect(await prints('\n\n\neval(a);\nlog();\neval(b);\n')).toEqual([first, second]);
  });

  it('holds the 5,000 most severe issues, as GitHub shows no more', async () => {
    const lines = `${'el.innerHTML = value;\n'.repeat(5_200)}eval(value);\n`;
    const results = resultsOf(await sarif(patch('a.vue', '', lines)));
    expect([results.length, results[0]?.ruleId]).toEqual([5_000, 'eval']);
  });

  it('is returned for a pull request', async () => {
    const github = await GitHubServer.start();
    onTestFinished(() => github.close());
    github.diff = patch('a.ts', '', 'eval(value);\n');
    const skill = prReviewSkill({ GITHUB_API_URL: github.url });
    const { output } = await callSkill(skill, { repository: 'acme/shop', pr_number: 7, sarif: true });
    expect(placesOf(output?.sarif as unknown as Log)).toEqual([['eval', 'error', 'a.ts', 1]]);
  });
});

describe('hostile names', () => {
  it.each([
    ['a b[1].ts', 'a%20b%5B1%5D.ts'],
    ['javascript:alert(1).ts', 'javascript%3Aalert(1).ts'],
    ['half \ud800.ts', 'half%20%EF%BF%BD.ts'],
    ['50%.ts', '50%25.ts'],
  ])('are a relative URI: %j', async (path, uri) => {
    const diff = `--- a/${path}\n+++ b/${path}\n@@ -0,0 +1 @@\n+eval(value);\n`;
    expect(placesOf(await sarif(diff))).toEqual([['eval', 'error', uri, 1]]);
  });

  it('make no links in messages', async () => {
    const name = '[click](https://evil.example)';
    const before = `export * from '${name}';\nconst a = 1;\n`;
    const [result] = resultsOf(await sarif(patch('a.ts', before, 'const a = 1;\n')));
    expect(result?.message.text).toContain('[click] (https://evil.example)');
  });

  it('and any other text lead to a valid log', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 });
    const path = text.filter((name) => !/[\r\n\t"\\]/.test(name) && name.trim() !== '');
    await fc.assert(
      fc.asyncProperty(path, text, async (name, value) => {
        const line = `eval(${JSON.stringify(value).replace(/[\r\n\u2028\u2029]/g, '')});`;
        const diff = `--- a/x${name}.ts\n+++ b/x${name}.ts\n@@ -0,0 +1,2 @@\n+${line}\n+eval(x);\n`;
        expect(resultsOf(await sarif(diff)).length).toBeGreaterThan(0);
      }),
      { numRuns: 50 },
    );
  });
});
