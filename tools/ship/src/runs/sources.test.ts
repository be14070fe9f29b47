import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempDirectory } from '../test-support/temp-directory.js';
import { hashedPaths, type SourceGraph, sourcesOf } from './sources.js';

type Edge = [target: string, type: string];

/** Projects by name; those with a target `deploy` are skills. */
function graph(dependencies: Record<string, Edge[]>, inputs: string[] = []): SourceGraph {
  const node = (name: string): SourceGraph['nodes'][string] => {
    const isSkill = name.startsWith('skill-');
    const deploy = { executor: '@odoobo/nx-skills:deploy' };
    const targets = isSkill ? { deploy, build: { inputs } } : {};
    return { name, data: { root: `libs/${name}`, targets } };
  };
  const names = Object.keys(dependencies);
  return {
    nodes: Object.fromEntries(names.map((name) => [name, node(name)])),
    dependencies: Object.fromEntries(
      names.map((source) => [
        source,
        (dependencies[source] ?? []).map(([target, type]) => ({ source, target, type })),
      ]),
    ),
  };
}

const shop = { skill: 'skill-shop', skillRoot: 'libs/skill-shop' };
const appSpec = 'infra/do-gradient/skill-shop/app-spec.yaml';
const sources = (of: SourceGraph, namedInputs = {}) =>
  sourcesOf(shop, '/nowhere', { graph: of, namedInputs });

it('includes everything that a skill is built from, through all dependencies, and its App Spec', () => {
  const projects = graph({
    'skill-shop': [
      ['kit', 'static'],
      ['npm:zod', 'static'],
    ],
    kit: [['base', 'dynamic']],
    base: [['kit', 'static']],
    other: [],
  });
  expect(sources(projects)).toEqual(['libs/skill-shop', 'libs/base', 'libs/kit', appSpec]);
});

it('excludes a skill that must only be live first, and includes one whose code it imports', () => {
  const needs = (type: string) =>
    graph({
      'skill-shop': [
        ['skill-till', type],
        ['assets', 'implicit'],
      ],
      'skill-till': [],
      assets: [],
    });
  expect(sources(needs('implicit'))).toEqual(['libs/skill-shop', 'libs/assets', appSpec]);
  expect(sources(needs('static'))).toContain('libs/skill-till');
});

it('includes files that its build reads elsewhere, but no lock file and no pattern over everything', () => {
  const projects = graph({ 'skill-shop': [] }, [
    'production',
    '^production',
    '{workspaceRoot}/tools/build/**/*',
  ]);
  const named = {
    production: ['default', '!{projectRoot}/**/*.test.ts', '!{workspaceRoot}/notes'],
    default: ['{projectRoot}/**/*', { input: 'shared' }, { runtime: 'node -v' }],
    shared: [
      '{workspaceRoot}/tsconfig.base.json',
      { fileset: '{workspaceRoot}/.swcrc' },
      '{workspaceRoot}/package-lock.json',
      '{workspaceRoot}/**/*.md',
    ],
  };
  expect(sources(projects, named)).toEqual([
    'libs/skill-shop',
    'tools/build',
    'tsconfig.base.json',
    '.swcrc',
    appSpec,
  ]);
});

it('includes the whole workspace where the skill is at its root, with its uncommitted changes', () => {
  const alone = { nodes: { shop: { name: 'shop', data: { root: '.' } } }, dependencies: {} };
  expect(hashedPaths({ skillRoot: '.' }, { graph: alone })).toEqual(['.']);
});

it('includes the files of its placements, if there are any', async () => {
  const root = await tempDirectory();
  await mkdir(join(root, 'infra/do-gradient'), { recursive: true });
  await writeFile(join(root, 'infra/do-gradient/placements.yaml'), 'placements: [{ name: eu }]');
  expect(sourcesOf(shop, root, { graph: graph({ 'skill-shop': [] }) })).toEqual([
    'libs/skill-shop',
    appSpec,
    'infra/do-gradient/placements.yaml',
  ]);
});
