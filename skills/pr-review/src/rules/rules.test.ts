import { describe, expect, it } from 'vitest';
import { CASES } from './cases.fixture.js';
import { DEPENDENCY_RULES } from './dependencies.js';
import { INJECTION_RULES } from './injection.js';
import { matchesOf } from './match.js';
import type { Rule } from './rule.js';
import { SECRET_RULES } from './secrets.js';

const RULES: Rule[] = [...SECRET_RULES, ...INJECTION_RULES, ...DEPENDENCY_RULES];

describe('rules', () => {
  it('each have a line to find and one to leave alone', () => {
    expect(Object.keys(CASES).sort()).toEqual(RULES.map(({ name }) => name).sort());
  });

  it.each(RULES.map((rule) => [rule.name, rule] as const))(
    '%s finds its own kind of problem and no other',
    (name, rule) => {
      for (const line of CASES[name]?.finds ?? [])
        expect([line, matchesOf(rule, line).length > 0]).toEqual([line, true]);
      for (const line of CASES[name]?.leaves ?? [])
        expect([line, matchesOf(rule, line).length > 0]).toEqual([line, false]);
    },
  );

  it.each(RULES.map((rule) => [rule.name, rule] as const))(
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
        'A',
        ' ',
      ];
      const start = performance.now();
      for (const seed of seeds) matchesOf(rule, seed.repeat(200_000 / seed.length));
      expect(performance.now() - start).toBeLessThan(2_000);
    },
  );
});
