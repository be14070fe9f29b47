import type { NxJsonConfiguration } from '@nx/devkit';
import { type SkillTarget, targetNamesOf } from '@odoobo/ship/manifest/target-names';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Projects } from '../executors/context.js';
import { pluginOptionsIn } from '../inference/plugin-options.js';
import { readNx } from './run-nx.js';

/** The projects of the workspace that this process is in, by name. @throws when Nx cannot read the project graph */
export async function readProjects(): Promise<Projects> {
  const { graph } = JSON.parse(await readNx(['graph', '--print'])) as {
    graph: { nodes: Record<string, { data: Projects[string] }> };
  };
  return Object.fromEntries(Object.entries(graph.nodes).map(([name, { data }]) => [name, data]));
}

/** What a target is called in the workspace that this process is in. */
export function targetName(target: SkillTarget): string {
  return targetNamesOf(pluginOptionsIn(readNxJson()))[target];
}

/** Nx itself reports that its file cannot be read. */
function readNxJson(): NxJsonConfiguration {
  try {
    return JSON.parse(readFileSync(join(process.cwd(), 'nx.json'), 'utf8')) as NxJsonConfiguration;
  } catch {
    return {};
  }
}
