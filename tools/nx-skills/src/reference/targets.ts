import type { TargetConfiguration } from '@nx/devkit';
import { targetNamesOf } from '@odoobo/ship/manifest/target-names';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorTarget } from '../inference/root-project.js';
import { skillTargets } from '../inference/targets.js';
import { fieldsOf, type JsonSchema } from './json-schema.js';
import { code, fieldTable } from './markdown.js';
import { jsonSchemas } from './schema-files.js';

const packageRoot = join(import.meta.dirname, '../..');
const schemas = jsonSchemas() as Map<string, JsonSchema>;

/** The targets as they are in a workspace that renames none of them. */
const shownTargets = {
  project: '<skill>',
  identity: { id: '<skill>', appSpec: 'its App Spec', dependencies: [] },
  packages: [],
  own: new Set<string>(),
  inputs: ['production'],
  names: targetNamesOf({}),
  options: undefined,
};

/** The targets that the plugin adds to a project: one section per target. */
export function targetSections(): string[] {
  const targets = { ...skillTargets(shownTargets), monitor: monitorTarget() };
  return Object.entries(targets).map(([name, target]) => section(name, target));
}

/** One section per generator; a generator that Nx runs by itself is not a command. */
export function generatorSections(): string[] {
  const generators = Object.entries(readCollection('generators')).filter(([, { hidden }]) => !hidden);
  return generators.map(([name, { description }]) =>
    [`### ${code(`nx g @odoobo/nx-skills:${name}`)}`, description, options('generators', name)].join('\n\n'),
  );
}

function section(name: string, target: TargetConfiguration): string {
  const { description } = readCollection('executors')[name] ?? { description: '' };
  const traits = [
    name === 'monitor' ? 'A target of the project at the root.' : '',
    target.cache ? 'Cached.' : '',
    target.continuous ? 'Runs until it is stopped.' : '',
    target.configurations?.['production'] ? 'Takes `-c production`.' : '',
    target.dependsOn ? `After ${list(target.dependsOn)}.` : '',
    target.outputs ? `Writes ${list(target.outputs)}.` : '',
  ];
  const about = [description.replaceAll('<', '\\<'), ...traits].filter((trait) => trait !== '').join(' ');
  return [`### ${code(name)}`, about, options('executors', name)].join('\n\n');
}

function options(kind: 'executors' | 'generators', name: string): string {
  const fields = fieldsOf(schemas.get(`schemas/${kind}/${name}.schema.json`) ?? {});
  const asGiven = fields.map((field) => ({ ...field, name: `--${field.name}` }));
  return fields.length > 0 ? fieldTable('option', asGiven) : 'It has no options.';
}

function list(items: readonly unknown[]): string {
  return items.map((item) => code(String(item))).join(', ');
}

type Collection = Record<string, { description: string; hidden?: boolean }>;

function readCollection(kind: 'executors' | 'generators'): Collection {
  const file = JSON.parse(readFileSync(join(packageRoot, `${kind}.json`), 'utf8')) as Record<
    string,
    Collection
  >;
  return file[kind] ?? {};
}
