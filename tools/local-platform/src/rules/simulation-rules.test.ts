import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulate } from '../simulation/simulation.js';
import { RuleError } from './rule.js';
import { simulationOf } from './simulation-rules.js';

const ask = (rules: string[], name = 'shop') => simulate(simulationOf(rules), { name });

describe('a simulation rule', () => {
  it('takes no time and succeeds by default', () => {
    expect(ask([])).toEqual({});
    expect(ask([''])).toEqual({});
  });

  it('sets durations in milliseconds, seconds or minutes, and the phase that fails', () => {
    expect(ask(['build=250ms deploy=1.5s'])).toEqual({ buildMs: 250, deployMs: 1500 });
    expect(ask(['deploy=5m fails=deploy'])).toEqual({ deployMs: 300_000, failsIn: 'DEPLOYING' });
    expect(ask(['fails=build'])).toEqual({ failsIn: 'BUILDING' });
  });

  it('applies to apps whose name matches; the last match wins', () => {
    const rules = ['build=1s', 'bad-* fails=deploy', 'bad-but-* deploy=2s'];
    expect(ask(rules, 'shop')).toEqual({ buildMs: 1000 });
    expect(ask(rules, 'bad-shop')).toEqual({ failsIn: 'DEPLOYING' });
    expect(ask(rules, 'bad-but-good')).toEqual({ deployMs: 2000 });
    expect(ask(['a.c fails=build'], 'abc')).toEqual({});
  });

  it.each([
    ['build=2', /expected a duration such as 250ms, 2s or 5m, got "2"/],
    ['build=1s build=2s', /given twice/],
    ['build=1s shop', /"shop" is not build=, deploy= or fails=/],
    ['fails=run', /expected build or deploy, got "run"/],
    ['speed=1s', /"speed=1s"/],
  ])('that is invalid is named with the reason: %s', (rule, message) => {
    expect(() => simulationOf([rule])).toThrow(message);
    expect(() => simulationOf([rule])).toThrow(`Simulation "${rule}"`);
  });

  it('is parsed or refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (rule, name) => {
        try {
          expect(ask([rule], name)).toBeTypeOf('object');
        } catch (error) {
          expect(error).toBeInstanceOf(RuleError);
        }
      }),
    );
  });
});
