import {
  addCompletion,
  createProgram,
  InvalidArgumentError,
  runs,
  type Command,
} from '@odoobo/local-platform/command-line';
import { optionsOf } from '../hooks/option-issues.js';
import { configurationOption, platformUrlOption, pullRequestOf } from './arguments.js';
import { readSkillNames } from './skill-names.js';

type Run<T> = (options: T, args: readonly string[]) => Promise<number>;

/** The commands and their options: help, completion and parsing come from here. */
export function nxSkillsProgram(): Command {
  const program = createProgram({
    name: 'nx-skills',
    description: 'Ship the skills of an Nx workspace.',
    manifest: new URL('../../package.json', import.meta.url),
  });
  // Each loads only what it needs.
  const add = <T extends object>(name: string, description: string, load: () => Promise<Run<T>>) =>
    runs(program.command(name).description(description), async (command) =>
      (await load())(command.opts<T>(), command.args),
    );
  addShipping(add);
  addChoosing(add);
  addTelling(add);
  addCleaning(add);
  addCompletion(program, {
    names: { 'changed --skills': readSkillNames, 'report --skills': readSkillNames },
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
    .option('--fail-on-change', 'End with 2 where deploy would create or update anything.')
    .option('--json', 'Print the plan as JSON, and nothing else, on stdout.')
    .option('--markdown', 'Print it as Markdown, for a comment on a pull request.')
    .option('--affected', 'Only the skills that changes since the base affect.');
  handsOn(
    add(
      'deploy',
      'Deploy the skills that have changed since each was last live, committed or not.',
      async () => {
        const { deployCommand } = await import('./deploy.js');
        return (_options, args) => deployCommand(args);
      },
    ),
    '-c production  --smoke-test  --retry',
  );
  add('monitor', 'Show where all skills stand, without a line of Nx around it.', async () => {
    return (await import('./monitor.js')).monitorCommand;
  })
    .option('--once', 'Look once. End with 1 where anything is unhealthy, or its last deployment failed.')
    .option('--json', 'Print a JSON document a look, on a line of its own.')
    .option('--interval <seconds>', 'Seconds from one look to the next. Default: 10.', secondsOf)
    .addOption(configurationOption())
    .addOption(platformUrlOption());
}

function addChoosing(add: Add): void {
  add('base', 'Print the commit since which anything has changed that is not live yet.', async () => {
    return (await import('./base.js')).baseCommand;
  })
    .addOption(configurationOption())
    .addHelpText('after', '\nnpx nx affected -t deploy --base=$(npx nx-skills base)');
  add('changed', 'Print the skills to ship: those that changes since the base affect.', async () => {
    return (await import('./changed.js')).changedCommand;
  })
    .option('--base <commit>', 'Since when. Default: the default base of Nx.')
    .option('--skills <a,b>', 'These instead. An unknown name is an error.')
    .option('--all', 'All of them.')
    .option('--json', 'Print one line of JSON, as a matrix of GitHub Actions takes it.');
}

function addTelling(add: Add): void {
  add('report', 'Print the result of the last deployment.', async () => {
    return (await import('./report.js')).reportCommand;
  })
    .option('--markdown', 'Print a table in Markdown. This is the default.')
    .option('--json', 'Print JSON.')
    .option('--from <folder>', 'Of all journals in a folder: those of the jobs of a pipeline.')
    .option('--skills <a,b>', 'Of these, also of one that was not deployed at all.')
    .option(
      '--unrecorded <state>',
      'What has come of skills of which nothing is recorded: failed (default), or cancelled, which includes superseded by a newer commit.',
    )
    .option('--notify', 'Tell the webhook of the workspace, too.');
  add('comment', 'Put Markdown on a pull request; later ones replace it.', async () => {
    return (await import('./comment.js')).commentCommand;
  })
    .requiredOption('--pull-request <number>', 'The pull request.', pullRequestOf)
    .requiredOption('--file <file>', 'The Markdown.')
    .option('--about <word>', 'Replace only those about the same.', wordOf, 'plan')
    .addHelpText('after', '\nNeeds GITHUB_REPOSITORY and GITHUB_TOKEN in the environment.');
}

function addCleaning(add: Add): void {
  add(
    'previews',
    'Show the previews of a pull request: what deploy --preview=<number> has made.',
    async () => {
      return (await import('./previews.js')).previewsCommand;
    },
  )
    .requiredOption('--pull-request <number>', 'The pull request.', pullRequestOf)
    .addOption(configurationOption())
    .addOption(platformUrlOption())
    .option('--markdown', 'Print Markdown, for a comment on the pull request.')
    .option('--delete', 'Delete them, and nothing else.');
  add(
    'orphans',
    'Show the apps of skills that were deleted or renamed, with what would go with them.',
    async () => {
      return (await import('./orphans.js')).orphansCommand;
    },
  )
    .addOption(configurationOption())
    .addOption(platformUrlOption())
    .option('--delete', 'Delete them, and nothing else.');
}

/** What the command does not know is an option of Nx, or of the target: Nx says whether it is right. */
function handsOn(command: Command, examples: string): Command {
  return command
    .usage('[options] [options of Nx and of the target]')
    .allowUnknownOption()
    .allowExcessArguments()
    .addHelpText('after', `\nEvery other option is one of Nx or of the target, such as: ${examples}`);
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
