import type { ProjectGraph } from '@nx/devkit';
import { expect, it } from 'vitest';
import { showSinceDeployed, sourcesOf } from './since-deployed.js';

function graph(dependencies: Record<string, string[]>): Pick<ProjectGraph, 'nodes' | 'dependencies'> {
  const node = (name: string) => ({ name, type: 'lib' as const, data: { root: `libs/${name}` } });
  const edges = (source: string) =>
    (dependencies[source] ?? []).map((target) => ({ source, target, type: 'static' }));
  const names = Object.keys(dependencies);
  return {
    nodes: Object.fromEntries(names.map((name) => [name, node(name)])),
    dependencies: Object.fromEntries(names.map((name) => [name, edges(name)])),
  };
}

it('counts everything that a skill is built from, whoever depends on whom, and its App Spec', () => {
  const projects = graph({ shop: ['kit', 'npm:zod'], kit: ['base'], base: ['kit'], other: [] });
  const sources = sourcesOf(projects, 'shop', 'infra/shop.yaml');
  expect(sources).toEqual(['libs/shop', 'libs/kit', 'libs/base', 'infra/shop.yaml']);
});

const commit = 'e9e3f30aa1b2c3d4e5f60718293a4b5c6d7e8f90';

it.each([
  [{ commit, commits: 0, files: [] }, 'since e9e3f30aa1b2 was live: no change'],
  [{ commit, commits: 1, files: ['a'] }, 'since e9e3f30aa1b2 was live: 1 commit; a'],
  [
    { commit, commits: 2, files: ['a', 'b', 'c', 'd', 'e'] },
    'since e9e3f30aa1b2 was live: 2 commits; a, b, c, and 2 more',
  ],
  [{ unknown: 'not here' }, 'since it was live: not known, not here'],
])('tells %j', (since, told) => {
  expect(showSinceDeployed(since)).toBe(told);
});
