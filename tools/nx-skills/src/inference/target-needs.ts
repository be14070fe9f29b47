import type { TargetConfiguration } from '@nx/devkit';
import { builderVariable } from '@odoobo/ship/artefact/build-variables';
import type { SkillIdentity } from '@odoobo/ship/manifest/read-identity';
import { isDeepStrictEqual } from 'node:util';
import { artefactOutputs, builtFirst } from './targets.js';

/*
 * `targetDefaults` of nx.json and files of a project may replace what this plugin has inferred for a target; Nx merges both
 * without a word. https://nx.dev/docs/reference/nx-json#target-defaults
 */

/** A target in a project, as far as it decides what the target needs. */
export interface NeedingTarget {
  executor: string;
  identity: Pick<SkillIdentity, 'appSpec' | 'buildTarget' | 'dependencies'>;
  /** The name of our build in the project. */
  build: string;
  /** The target of the project itself that runs before our build. */
  before: string | undefined;
  /** The name of our deploy. */
  deploy: string;
}

/** A property of a target that lacks what the target needs. */
export interface Lack {
  property: 'cache' | 'inputs' | 'outputs' | 'dependsOn';
  /** What follows from it. */
  consequence: string;
}

type Given = Pick<TargetConfiguration, Lack['property']>;

/** What a target lacks in the properties that it is given. A property that is not given lacks nothing. */
export function lacksOf(given: Given, target: NeedingTarget): Lack[] {
  const { inputs = [], outputs = [], dependsOn = [] } = needsOf(target);
  const { executor } = target;
  const isCached = executor === 'build' || executor === 'validate';
  const lacks: (Lack | undefined)[] = [
    given.cache === true && !isCached
      ? {
          property: 'cache',
          consequence: 'with it, Nx answers from its cache, and does not ask the platform or git',
        }
      : undefined,
    lackOf(given, 'outputs', outputs, (one, needed) => isWithin(needed, one)),
    lackOf(given, 'inputs', inputs, isDeepStrictEqual),
    lackOf(given, 'dependsOn', dependsOn, (one, needed) => taskOf(one) === needed),
  ];
  return lacks.filter((lack) => lack !== undefined);
}

function needsOf({ executor, identity, build, before, deploy }: NeedingTarget): Given {
  if (executor === 'validate') return { inputs: [`{workspaceRoot}/${identity.appSpec}`] };
  if (executor === 'plan') return { dependsOn: [build] };
  if (executor === 'deploy') return { dependsOn: [build, `^${deploy}`] };
  if (executor !== 'build') return {};
  return {
    inputs: [
      { env: builderVariable },
      ...(identity.buildTarget === undefined ? [] : [{ dependentTasksOutputFiles: '**/*' }]),
    ],
    outputs: artefactOutputs(identity),
    dependsOn: [...builtFirst({ identity, packages: [] }), ...(before === undefined ? [] : [before])],
  };
}

function lackOf(
  given: Given,
  property: 'inputs' | 'outputs' | 'dependsOn',
  needed: readonly unknown[],
  satisfies: (one: unknown, needed: unknown) => boolean,
): Lack | undefined {
  const list: readonly unknown[] | undefined = given[property];
  const missing = list && needed.filter((need) => !list.some((one) => satisfies(one, need)));
  if (!missing || missing.length === 0) return undefined;
  const names = missing.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(', ');
  return { property, consequence: `it lacks ${names}` };
}

/** Whether an output contains a path. */
function isWithin(path: unknown, output: unknown): boolean {
  return typeof output === 'string' && (path === output || String(path).startsWith(`${output}/`));
}

/** `^deploy`, however it is written. https://nx.dev/docs/reference/project-configuration#dependson */
function taskOf(dependency: unknown): unknown {
  if (typeof dependency !== 'object' || dependency === null || !('target' in dependency)) return dependency;
  const { target, dependencies, projects } = dependency as {
    target: string;
    dependencies?: boolean;
    projects?: unknown;
  };
  if (dependencies === true) return `^${target}`;
  return projects === undefined || projects === 'self' ? target : dependency;
}
