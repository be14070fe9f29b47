import {
  addCompletion,
  type Command,
  createProgram,
  InvalidArgumentError,
  runs,
} from '@odoobo/local-platform/command-line';
import { withTraceOptions } from '@odoobo/ship/trace/options';
import { optionsOf } from '../hooks/option-issues.js';
import { configurationOption, configurationsHere, platformUrlOption, pullRequestOf } from './arguments.js';

type Run<T> = (options: T, args: readonly string[]) => Promise<number>;

/** The commands and their options: help, completion and parsing come from here. */
export function nxSkillsProgram(): Command {
  const program = createProgram({
    name: 'nx-skills',
    description: 'Ship the skills of an Nx workspace.',
    manifest: new URL('../../package.json', import.meta.url),
  });
  // Each command loads only what it needs.
  const add = <T extends object>(name: string, description: string, load: () => Promise<Run<T>>) =>
    runs(program.command(name).description(description), async (command) =>
      (await load())(command.opts<T>(), command.args),
    );
  addShipping(add);
  addFreezing(add);
  addTenants(add);
  addChoosing(add);
  addReporting(add);
  addCleaning(add);
  addCompletion(program, {
    names: {
      'changed --skills': skillNames,
      'report --skills': skillNames,
      'tenant --skills': skillNames,
      'tenant action': async () => ['add', 'remove'],
      ...Object.fromEntries(
        ['monitor', 'freeze', 'base', 'dora', 'audit', 'exporter', 'previews', 'orphans', 'tenant'].map(
          (name) => [`${name} --configuration`, configurationsHere],
        ),
      ),
    },
    handedOn: { plan: () => describedOptions('plan'), deploy: () => describedOptions('deploy') },
  });
  return program;
}

type Add = <T extends object>(name: string, description: string, load: () => Promise<Run<T>>) => Command;

function addShipping(add: Add): void {
  handsOn(
    add('plan', 'Show what deploy would do: run the target "plan" of all skills.', async () => {
      return (await import('./plan.js')).planCommand;
    }),
    '-p a,b  -c production  --base=main',
  )
    .option('--fail-on-change', 'Exit with 2 if deploy would create or update anything.')
    .option('--json', 'Print the plan as JSON, and nothing else, on stdout.')
    .option('--markdown', 'Print it as Markdown, for a comment on a pull request.')
    .option('--affected', 'Only the skills that are affected by changes since the base.');
  handsOn(
    add(
      'deploy',
      'Deploy the skills that have changed since they were last live; uncommitted changes count.',
      async () => {
        const { deployCommand } = await import('./deploy.js');
        return (_options, args) => deployCommand(args);
      },
    ),
    '-c production  --smoke-test  --retry',
  );
  add('monitor', 'Show the state of all skills, without the lines that Nx prints.', async () => {
    return (await import('./monitor.js')).monitorCommand;
  })
    .option('--once', 'Check once. Exit with 1 if a skill is unhealthy or its last deployment failed.')
    .option('--json', 'Print one JSON document per check, each on its own line.')
    .option('--interval <seconds>', 'Seconds between checks. Default: 10.', secondsOf)
    .option('--placements <a,b>', 'Only these placements.')
    .option('--tenants <a,b>', 'Only the placements of these tenants, or of those in a file: @tenants.txt.')
    .addOption(configurationOption())
    .addOption(platformUrlOption());
}

function addFreezing(add: Add): void {
  add('freeze', 'Show whether deploys are frozen; begin or end a freeze, for all who deploy.', async () => {
    return (await import('./freeze.js')).freezeCommand;
  })
    .option('--until <time>', 'Begin one until then: 2026-12-27T08:00Z.')
    .option('--because <reason>', 'Why: shown to all whose deploy is refused.')
    .option('--end', 'End it.')
    .option('-c, --configuration <name>', 'The environment. Default: production.')
    .addHelpText('after', '\nA deploy despite it: npx nx deploy <skill> -c production --despite-freeze');
}

function addTenants(add: Add): void {
  add(
    'tenant <action> <name>',
    'Add a customer to skills, or remove one with its apps: shows what that costs or deletes.',
    async () => (await import('./tenant.js')).tenantCommand,
  )
    .option('--yes', 'Do it; without it, only print what would be written or deleted.')
    .option('--skills <a,b>', 'With add: the skills that it gets. Default: all.')
    .option('--region <slug>', 'With add: the region of its apps. Default: that of each App Spec.')
    .option('--domain <domain>', 'With add: each skill gets <skill>.<domain>.')
    .option('-c, --configuration <name>', 'The environment. Default: production.')
    .addOption(platformUrlOption());
}

function addChoosing(add: Add): void {
  add('base', 'Print the newest commit up to which everything is live: a base for nx affected.', async () => {
    return (await import('./base.js')).baseCommand;
  })
    .addOption(configurationOption())
    .addHelpText('after', '\nnpx nx affected -t deploy --base=$(npx nx-skills base)');
  add('changed', 'Print the skills to ship: those affected by changes since the base.', async () => {
    return (await import('./changed.js')).changedCommand;
  })
    .option('--base <commit>', 'The base. Default: the default base of Nx.')
    .option('--skills <a,b>', 'Print these instead. An unknown name is an error.')
    .option('--all', 'Print all skills.')
    .option(
      '--json',
      'Print one line of JSON, for a matrix of GitHub Actions: skill, project and root of each.',
    );
}

function addReporting(add: Add): void {
  add('report', 'Print the result of the last deployment.', async () => {
    return (await import('./report.js')).reportCommand;
  })
    .option('--markdown', 'Print a table in Markdown. This is the default.')
    .option('--json', 'Print JSON.')
    .option('--from <folder>', 'Read all journals in a folder, such as those of the jobs of a pipeline.')
    .option('--skills <a,b>', 'Report on these, even if one was not deployed.')
    .option(
      '--unrecorded <state>',
      'State of skills without a record: failed (default), or cancelled, which includes superseded by a newer commit.',
    )
    .option('--notify', 'Also notify the webhook of the workspace.');
  add(
    'dora',
    'Print delivery figures: deployment frequency, lead time, change failure rate and time to restore.',
    async () => (await import('./dora.js')).doraCommand,
  )
    .option('--since <time>', 'From then on: 30d (the default), 2026-11-01 or 2026-11-01T08:00Z.')
    .option('--from <folder>', 'Also read all journals in a folder, such as those of a pipeline.')
    .option('--json', 'Print JSON.')
    .option('--markdown', 'Print a table in Markdown, for the summary of a job.')
    .addOption(configurationOption())
    .addOption(platformUrlOption());
  withTraceOptions(
    add(
      'trace',
      'Show where the time of a deploy, rollback or merge went, or export it as a trace of OpenTelemetry.',
      async () => (await import('@odoobo/ship/commands/trace')).traceCommand,
    ),
  );
  add(
    'exporter',
    'Serve to Prometheus what App Platform measures of the apps, and what the journal knows.',
    async () => (await import('./exporter.js')).exporterCommand,
  )
    .option('--listen <address>', 'Address and port. Default: 127.0.0.1:9464.')
    .addOption(configurationOption())
    .addOption(platformUrlOption());
  add(
    'audit',
    'Verify that the journal was not changed after it was written, or say who shipped an artefact.',
    async () => (await import('./audit.js')).auditCommand,
  )
    .argument(
      '<what>',
      '"verify", or a digest, or its start: who shipped it, from what, who approved, was it verified.',
    )
    .argument('[image]', 'With "verify": the image, by its digest, whose signed provenance is verified.')
    .option('--key <file>', 'With an image: the public key, in PEM. Default: that of PROVENANCE_KEY.')
    .option(
      '--from <folder>',
      'Read all journals in a folder: for "verify" instead of that of this workspace, else as well.',
    )
    .option('--json', 'Print JSON.')
    .addOption(configurationOption())
    .addOption(platformUrlOption());
  add('comment', 'Comment on a pull request with Markdown; a later comment replaces it.', async () => {
    return (await import('./comment.js')).commentCommand;
  })
    .requiredOption('--pull-request <number>', 'The pull request.', pullRequestOf)
    .requiredOption('--file <file>', 'The Markdown file.')
    .option('--about <word>', 'Replace only comments with the same word.', wordOf, 'plan')
    .addHelpText('after', '\nNeeds GITHUB_REPOSITORY and GITHUB_TOKEN in the environment.');
}

function addCleaning(add: Add): void {
  add('previews', 'Show the previews of a pull request, made by deploy --preview=<number>.', async () => {
    return (await import('./previews.js')).previewsCommand;
  })
    .requiredOption('--pull-request <number>', 'The pull request.', pullRequestOf)
    .addOption(configurationOption())
    .addOption(platformUrlOption())
    .option('--markdown', 'Print Markdown, for a comment on the pull request.')
    .option('--delete', 'Delete them, and nothing else.');
  add(
    'orphans',
    'Show the apps of skills that were deleted or renamed, with what would be deleted with them.',
    async () => {
      return (await import('./orphans.js')).orphansCommand;
    },
  )
    .addOption(configurationOption())
    .addOption(platformUrlOption())
    .option('--delete', 'Delete them, and nothing else.');
}

/** Options that the command does not know are passed to Nx, which checks them. */
function handsOn(command: Command, examples: string): Command {
  return command
    .usage('[options] [options of Nx and of the target]')
    .allowUnknownOption()
    .allowExcessArguments()
    .addHelpText('after', `\nAll other options are passed to Nx or the target, such as: ${examples}`);
}

function describedOptions(target: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(optionsOf(target)).map(([name, { description = '' }]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      description,
    ]),
  );
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 3_600) return seconds;
  throw new InvalidArgumentError('Expected an integer from 1 to 3600.');
}

function wordOf(text: string): string {
  if (/^[a-z]+$/.test(text)) return text;
  throw new InvalidArgumentError('Expected a word of a to z.');
}

/** Loaded only for completion, because it loads git. */
async function skillNames(): Promise<string[]> {
  const { readSkillNames } = await import('./skill-names.js');
  return readSkillNames();
}
