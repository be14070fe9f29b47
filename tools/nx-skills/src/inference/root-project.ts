import type { CreateNodesResult, TargetConfiguration } from '@nx/devkit';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { configurationsOf } from './targets.js';

/**
 * The project at the workspace root: it has the targets about all skills. Nx merges it with its own project from a
 * `package.json` or a `project.json` there, whose fields win.
 * @param taken names of skills: two projects of a name would stop Nx altogether
 * @param environments of placements, beside the usual ones
 */
export function rootProject(
  workspaceRoot: string,
  taken: ReadonlySet<string>,
  environments: readonly string[] = [],
): CreateNodesResult {
  const name = packageName(workspaceRoot);
  return {
    projects: {
      '.': {
        root: '.',
        // A folder often has the name of the main project in it.
        name: name === undefined || taken.has(name) ? `${name ?? basename(workspaceRoot)}-workspace` : name,
        targets: { monitor: monitorTarget(environments) },
        metadata: { targetGroups: { Fleet: ['monitor'] } },
      },
    },
  };
}

/** Shows the whole fleet, so it is not a target of a skill. */
export function monitorTarget(environments: readonly string[] = []): TargetConfiguration {
  return {
    executor: '@odoobo/nx-skills:monitor',
    cache: false,
    configurations: configurationsOf(environments),
    metadata: {
      description: 'Show the live state of all skills: phase, health, version, URL, last events',
      technologies: ['App Platform'],
      help: { command: 'npx nx monitor --help', example: { options: { interval: 5 } } },
    },
  };
}

/** The name that Nx gives to a project at the root, from its `package.json`; undefined if that has no name, or cannot be read. */
function packageName(workspaceRoot: string): string | undefined {
  try {
    const { name, nx } = JSON.parse(readFileSync(join(workspaceRoot, 'package.json'), 'utf8')) as {
      name?: unknown;
      nx?: { name?: unknown };
    };
    return [nx?.name, name].find((one): one is string => typeof one === 'string' && one !== '');
  } catch {
    return undefined;
  }
}
