import { addCompletion, type Command, createProgram, runs } from '@odoobo/local-platform/command-line';
import type * as z from 'zod';
import { deployOptions } from '../deploy/options.js';
import { healthcheckOptions } from '../healthcheck/options.js';
import { restartOptions } from '../instances/restart-options.js';
import { scaleOptions } from '../instances/scale-options.js';
import { logsOptions } from '../logs/options.js';
import { mergeOptions } from '../merge/options.js';
import { monitorOptions } from '../monitor/options.js';
import { usualEnvironments } from '../placement/environment.js';
import { environmentsOfWorkspace } from '../placement/placement-files.js';
import { planOptions } from '../plan/options.js';
import { profileOptions } from '../profile/options.js';
import { promoteOptions } from '../promote/options.js';
import { rollbackOptions } from '../rollback/options.js';
import { rolloutOptions } from '../rollout/options.js';
import { noOptions } from '../runs/options.js';
import { serveOptions } from '../serve/options.js';
import { smokeTestOptions } from '../smoke-test/options.js';
import { type TraceOptions, withTraceOptions } from '../trace/options.js';
import { findRoot } from '../workspace/find-root.js';
import { type PlainWorkspace, readWorkspace } from '../workspace/read-workspace.js';
import { refusePlugNPlay } from '../workspace/refuse-plug-n-play.js';
import { checkOptions, optionsOf } from './schema-options.js';

/** What a command gets. */
export interface CommandCall {
  names: readonly string[];
  /** Checked against the schema of the command. */
  options: unknown;
  /** Neither build first, nor deploy what the skills depend on. */
  only: boolean;
  workspace: PlainWorkspace;
}

/** @returns an exit code */
export type CommandRun = (call: CommandCall) => Promise<number>;

interface CommandOptions {
  schema: z.ZodType;
  /** Options of the schema that it does not take. */
  left?: readonly string[];
  /** What `--only` means; without it, the command has no such option. */
  only?: string;
  arguments?: string;
  load: () => Promise<CommandRun>;
}

/** The commands and their options: help, completion and parsing come from here. */
export function odooboProgram(): Command {
  const program = createProgram({
    name: 'odoobo',
    description:
      'Ship the services of a monorepo. A command is about the skills that it names; else about the one of this folder, or all below it.',
    manifest: new URL('../../package.json', import.meta.url),
  });
  addShipping(program);
  addChecking(program);
  addShowing(program);
  addTracing(program);
  runs(
    program
      .command('init')
      .description('Write to .gitignore what builds and deploys leave. Running it again changes nothing.')
      .option(
        '--turbo',
        'Also write scripts and turbo.json, so that "turbo run deploy --affected" ships what has changed.',
      ),
    async (command) => {
      const { initCommand } = await import('./init.js');
      return initCommand(await here(), command.opts<{ turbo?: boolean }>());
    },
  );
  addCompletion(program, {
    names: Object.fromEntries([
      ...placesOfNames(program).map((place) => [place, skillNames] as const),
      ...placesOfEnvironments(program).map((place) => [place, environmentNames] as const),
    ]),
    handedOn: {},
  });
  return program;
}

/** Where a command takes the names of skills: `deploy names`. */
function placesOfNames({ commands }: Command): string[] {
  return commands.flatMap((command) =>
    command.registeredArguments
      .filter((argument) => /^names?$/.test(argument.name()))
      .map((argument) => `${command.name()} ${argument.name()}`),
  );
}

/** Where a command takes an environment: `deploy --environment`. */
function placesOfEnvironments({ commands }: Command): string[] {
  const taking = commands.filter(({ options }) => options.some(({ long }) => long === environmentOption));
  return taking.map((command) => `${command.name()} ${environmentOption}`);
}

const environmentOption = '--environment';

function addShipping(program: Command): void {
  add(
    program,
    'build',
    'Build one self-contained artefact each: a bundle and an OCI image, addressed by digest.',
    {
      schema: noOptions,
      only: 'Do not run the build script of its own that a manifest names (buildTarget).',
      load: async () => (await import('./build.js')).buildCommand,
    },
  );
  add(program, 'plan', 'Show what deploy would do, what has drifted, and what it costs; writes nothing.', {
    schema: planOptions,
    only: 'Plan what is built: do not build first.',
    load: async () => (await import('./runs.js')).planCommand,
  });
  add(
    program,
    'deploy',
    'Deploy: one API call if anything differs, then wait until the deployment finishes; on failure, roll back.',
    {
      schema: deployOptions,
      only: 'Deploy what is built, without what it depends on: for Turborepo, which has done both.',
      load: async () => (await import('./runs.js')).deployCommand,
    },
  );
  add(
    program,
    'promote',
    'Deploy what is live and verified in one environment to another, without a build.',
    {
      schema: promoteOptions,
      load: async () => (await import('./runs.js')).promoteCommand,
    },
  );
  add(program, 'rollback', 'Restore the previous good deployment, and wait until it is live and healthy.', {
    schema: rollbackOptions,
    load: async () => (await import('./runs.js')).rollbackCommand,
  });
  add(program, 'rollout', 'Show how far a rollout is; with an option, steer it.', {
    schema: rolloutOptions,
    load: async () => (await import('./runs.js')).rolloutCommand,
  });
  add(program, 'restart', 'Start the instances of what is live anew, without a build.', {
    schema: restartOptions,
    load: async () => (await import('./runs.js')).restartCommand,
  });
  add(program, 'scale', 'Change how many instances are live, or their size, without a build.', {
    schema: scaleOptions,
    load: async () => (await import('./runs.js')).scaleCommand,
  });
  add(
    program,
    'merge',
    'Merge the branch skill/<name>, if its head is live, healthy and smoke-tested, and push to origin.',
    {
      schema: mergeOptions,
      // It asks Nx which tests a merge affects.
      left: ['check'],
      load: async () => (await import('./runs.js')).mergeCommand,
    },
  );
}

function addChecking(program: Command): void {
  add(program, 'validate', 'Check the manifest, the App Spec and the structure.', {
    schema: noOptions,
    load: async () => (await import('./validate.js')).validateCommand,
  });
  add(program, 'healthcheck', 'Check the health until each answers 200 or the timeout passes.', {
    schema: healthcheckOptions,
    load: async () => (await import('./runs.js')).healthcheckCommand,
  });
  add(
    program,
    'smoke-test',
    'Test what is live: health, response time, metadata, errors, documentation, and calls of its own.',
    { schema: smokeTestOptions, load: async () => (await import('./runs.js')).smokeTestCommand },
  );
}

function addShowing(program: Command): void {
  add(program, 'serve', 'Run one skill in development, and restart it after each change.', {
    schema: serveOptions,
    arguments: '[name]',
    load: async () => (await import('./show.js')).serveCommand,
  });
  add(program, 'logs', 'Show the logs of a build, a deployment or a run.', {
    schema: logsOptions,
    arguments: '[name]',
    load: async () => (await import('./show.js')).logsCommand,
  });
  add(program, 'profile', 'Profile one live skill under its load: where its time goes, and a flame graph.', {
    schema: profileOptions,
    arguments: '[name]',
    load: async () => (await import('./show.js')).profileCommand,
  });
  add(program, 'monitor', 'Show the state of all skills.', {
    schema: monitorOptions,
    arguments: '',
    load: async () => (await import('./show.js')).monitorCommand,
  });
}

function addTracing(program: Command): void {
  const description = 'Show where the time of a run went, or export it as a trace of OpenTelemetry.';
  runs(withTraceOptions(program.command('trace').description(description)), async (command) => {
    const { traceCommand } = await import('../commands/trace.js');
    return traceCommand(command.opts<TraceOptions>(), command.args);
  });
}

function add(program: Command, name: string, description: string, command: CommandOptions): void {
  const { schema, left = [], only, arguments: taken = '[names...]', load } = command;
  const added = program.command(name).description(description);
  if (taken !== '') added.argument(taken, 'The skills, by the id in their manifests.');
  if (only !== undefined) added.option('--only', only);
  for (const option of optionsOf(schema, left)) added.addOption(option);
  runs(added, async (parsed) => {
    const typed = parsed.opts<Record<string, unknown>>();
    const options = checkOptions(schema, typed);
    const run = await load();
    return run({ names: parsed.args, options, only: typed['only'] === true, workspace: await here() });
  });
}

async function here(): Promise<PlainWorkspace> {
  const cwd = process.cwd();
  const root = findRoot(cwd);
  refusePlugNPlay(root);
  return readWorkspace(root, cwd);
}

async function environmentNames(): Promise<string[]> {
  return [...usualEnvironments, ...(await environmentsOfWorkspace((await here()).root))];
}

async function skillNames(): Promise<string[]> {
  return (await here()).places.map(({ skill }) => skill);
}
