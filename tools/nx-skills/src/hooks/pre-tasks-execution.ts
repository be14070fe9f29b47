import type { PreTasksExecution } from '@nx/devkit';
import { builderVariable } from '@odoobo/ship/artefact/build-variables';
import { type SkillTarget, skillTargetNames, targetNamesOf } from '@odoobo/ship/manifest/target-names';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { PluginOptions } from '../inference/targets.js';
import { beginRun } from './named-runs.js';

/** The targets whose output Nx shows. All others draw their own, as `monitor` does. */
const shownByNx: ReadonlySet<SkillTarget> = new Set(['build', 'validate', 'serve', 'logs', 'profile']);

/** Whether a word of the command line names a target which draws its own output: `deploy`, `x:deploy`, `-t=lint,deploy`. */
function drawsItself(word: string, options: PluginOptions | undefined): boolean {
  const names = targetNamesOf(options);
  const drawing = skillTargetNames.filter((target) => !shownByNx.has(target));
  const targets = new Set(['monitor', ...drawing.map((target) => names[target])]);
  return word.split(/[=:,]/).some((part) => targets.has(part));
}

/** The user has chosen Nx's output style. */
const choosesOutput = /^--(no-)?tui\b|^--output-?style\b/i;

/**
 * Prepares a run of Nx: refuses a command line that is wrong, names the run, and gives the terminal to deploys, rollbacks and
 * checks, which show progress and a closing table themselves. Nx's terminal interface would hide the table when it ends, its
 * animated list would draw over it, and the grouped logs of GitHub would hold all of it back until the end.
 *
 * The variables set here reach the Nx process before it decides how to draw, and all tasks.
 */
export const preTasksExecution: PreTasksExecution<PluginOptions | undefined> = async (options, context) => {
  // Loaded only for runs of tasks: every command of Nx loads the hooks.
  const { refuseMistakes } = await import('./refuse-mistakes.js');
  await refuseMistakes(context);
  const words = context.argv.slice(2);
  // Assigned key by key: Nx watches single assignments.
  beginRun(context.id, process.env);
  process.env[builderVariable] = builderVersions();
  const { buildKeys } = await import('@odoobo/ship/artefact/build-keys');
  for (const [name, key] of Object.entries(buildKeys(context.workspaceRoot))) process.env[name] = key;
  if (!words.some((word) => drawsItself(word, options)) || words.some((word) => choosesOutput.test(word)))
    return;
  process.env['NX_TUI'] = 'false';
  process.env['NX_TASKS_RUNNER_DYNAMIC_OUTPUT'] = 'false';
  process.env['NX_SKIP_LOG_GROUPING'] = 'true';
};

/** Changes with all that turns sources into artefacts: Nx hashes it for each build. */
function builderVersions(): string {
  const { resolve } = createRequire(import.meta.url);
  // Not by require, which never reads a file again: with the daemon, this process lives long.
  const versionOf = (name: string) => {
    try {
      return (JSON.parse(readFileSync(resolve(`${name}/package.json`), 'utf8')) as { version: string })
        .version;
    } catch {
      // A workspace without esbuild, or without the TypeScript that compiles decorators, still runs all its other tasks.
      return 'not installed';
    }
  };
  const packages = ['esbuild', 'typescript'].map((name) => `, ${name} ${versionOf(name)}`);
  return `nx-skills ${versionOf('../..')}${packages.join('')}`;
}
