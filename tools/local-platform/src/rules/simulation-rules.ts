import type { SimulatedDeployment, Simulation } from '../simulation/simulation.js';
import { matcherOf, parseDuration, RuleError } from './rule.js';

interface SimulationRule {
  matches: (appName: string) => boolean;
  deployment: SimulatedDeployment;
}

/**
 * Parses simulation rules, each `[<app>] [build=<duration>] [deploy=<duration>] [fails=build|deploy]`:
 * `build=2s deploy=30s`, `bad-* deploy=5s fails=deploy`. In the app's name `*` stands for anything; a rule without a name
 * is for every app. Of several matching rules, only the last applies.
 * @throws RuleError that names the invalid rule
 */
export function simulationOf(rules: readonly string[]): Simulation {
  const parsed = rules.map(parseRule).reverse();
  return ({ name }) => parsed.find(({ matches }) => matches(name))?.deployment ?? {};
}

function parseRule(text: string): SimulationRule {
  const words = text.trim().split(/\s+/).filter(Boolean);
  const name = words[0]?.includes('=') ? undefined : words.shift();
  try {
    const settings = new Map(words.map(parseSetting));
    if (settings.size < words.length) throw new RuleError('a setting is given twice');
    return { matches: matcherOf(name ?? '*'), deployment: deploymentOf(settings) };
  } catch (cause) {
    const example = 'Write it like "bad-* build=2s deploy=30s fails=deploy".';
    throw new RuleError(`Simulation "${text}": ${(cause as Error).message}. ${example}`, { cause });
  }
}

function parseSetting(word: string): [string, string] {
  const [, key, value] = /^(build|deploy|fails)=(.+)$/.exec(word) ?? [];
  if (key !== undefined && value !== undefined) return [key, value];
  throw new RuleError(`"${word}" is not build=, deploy= or fails=`);
}

function deploymentOf(settings: ReadonlyMap<string, string>): SimulatedDeployment {
  const [build, deploy, fails] = ['build', 'deploy', 'fails'].map((key) => settings.get(key));
  return {
    buildMs: build === undefined ? undefined : parseDuration(build),
    deployMs: deploy === undefined ? undefined : parseDuration(deploy),
    failsIn: fails === undefined ? undefined : phaseOf(fails),
  };
}

function phaseOf(text: string): 'BUILDING' | 'DEPLOYING' {
  if (text === 'build') return 'BUILDING';
  if (text === 'deploy') return 'DEPLOYING';
  throw new RuleError(`fails=: expected build or deploy, got "${text}"`);
}
