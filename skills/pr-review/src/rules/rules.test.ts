import { describe, expect, it } from 'vitest';
import { processorMs } from '../review.fixture.js';
import { cases as firstCases } from './cases.fixture.js';
import { configurationRules } from './configuration.js';
import { dependencyRules } from './dependencies.js';
import { deploymentRules } from './deployment.js';
import { injectionRules } from './injection.js';
import { languageRules } from './languages.js';
import { matchesOf } from './match.js';
import { moreCases } from './more-cases.fixture.js';
import type { Rule } from './rule.js';
import { secretRules } from './secrets.js';
import { valueCases } from './value-cases.fixture.js';
import { valueRules } from './values.js';

const cases = { ...firstCases, ...moreCases, ...valueCases };
const rules: Rule[] = [
  ...secretRules,
  ...injectionRules,
  ...configurationRules,
  ...languageRules,
  ...valueRules,
  ...deploymentRules,
  ...dependencyRules,
];

describe('rules', () => {
  it('each have a line to find and one to leave alone', () => {
    expect(Object.keys(cases).sort()).toEqual(rules.map(({ name }) => name).sort());
  });

  it.each(rules.map((rule) => [rule.name, rule] as const))(
    '%s finds its own kind of problem and no other',
    (name, rule) => {
      for (const line of cases[name]?.finds ?? [])
        expect([line, matchesOf(rule, line).length > 0]).toEqual([line, true]);
      for (const line of cases[name]?.leaves ?? [])
        expect([line, matchesOf(rule, line).length > 0]).toEqual([line, false]);
    },
  );

  it.each(rules.map((rule) => [rule.name, rule] as const))(
    '%s reads a long hostile line in no time',
    (_name, rule) => {
      const seeds = [
        'password',
        '"select x from ',
        "'",
        '`SELECT a FROM `',
        'a://b:',
        'exec(`',
        'os.system("',
        '.innerHTML = "',
        'authorization: "bearer ',
        'API_KEY=',
        'render_template_string(',
        'knex.raw(`',
        '$where: "',
        'open(a',
        '"a": "git+https://x',
        '"a": "',
        'requests[',
        '= /(\\s*\\w+\\s*)',
        're.match("(a+',
        '.where("',
        'system("a#{',
        '= `a#{',
        'request.env[a].sudo().',
        'curl -s ',
        'origin: true ',
        'os.Open(r.',
        'http.NewRequest(a,',
        'XMLParser(',
        'WHERE a = ',
        '"(uid=',
        'full_path_',
        '.find({',
        '"git", "clone", ',
        'A',
        ' ',
      ];
      const start = processorMs();
      for (const seed of seeds) matchesOf(rule, seed.repeat(200_000 / seed.length));
      expect(processorMs() - start).toBeLessThan(2_000);
    },
  );
});
