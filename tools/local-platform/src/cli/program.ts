import { mainCheckout } from '@odoobo/machine/main-checkout';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  addCompletion,
  type Command,
  createProgram,
  Option,
  runs,
  UsageError,
} from '../command-line/index.js';
import { layoutOf } from '../state/layout.js';
import { type CliOptions, collect, type GivenOptions, logTypes, optionsOf, portOf } from './options.js';

type Run = (directory: string, options: CliOptions) => Promise<number>;

/** The commands and their options: help, completion and parsing come from here. */
export function localPlatformProgram(): Command {
  const program = createProgram({
    name: 'local-platform',
    description: "App Platform's API on this machine.",
    manifest: new URL('../../package.json', import.meta.url),
  }).option(
    '--directory <folder>',
    "The platform's folder. Default: .local-platform in the root of the workspace.",
  );
  // Each command loads only what it needs: the server's libraries take longer to load than most commands run.
  const add = (usage: string, description: string, load: () => Promise<Run>) =>
    runs(program.command(usage).description(description), async (command) => {
      const given = command.optsWithGlobals<GivenOptions>();
      const directory = given.directory ? resolve(given.directory) : await defaultDirectory(process.cwd());
      return (await load())(directory, optionsOf(command.args, given));
    });
  addStart(add);
  add(
    'stop',
    'Stop the server and every service. The apps are kept.',
    async () => (await import('./stop.js')).stop,
  );
  add(
    'status',
    'Show the apps: phase, URL, image digest, since when. On a terminal, the link to its page.',
    async () => (await import('./status.js')).status,
  ).option('--json', 'Print JSON.');
  add('logs', 'Show the log of an app.', async () => (await import('./logs.js')).logs)
    .argument('<app>', 'The name of the app.')
    .addOption(
      new Option(
        '--type <type>',
        'Which log (default: run). restarted: the last output of processes that ended.',
      ).choices(Object.keys(logTypes)),
    )
    .option('--follow', 'Follow new lines, across deployments and restarts.')
    .option('--raw', 'Keep control sequences, such as colours.');
  add(
    'repository',
    'Map a repository of a git host to a local repository or another URL.',
    async () => (await import('./repository.js')).repository,
  )
    .argument('<owner/name>', 'The repository on the git host.')
    .argument('<path>', 'The folder or the URL to use instead.');
  add(
    'database',
    'Map a database of apps to one that runs elsewhere.',
    async () => (await import('./database.js')).database,
  )
    .argument('<name>', 'The database as <app>/<database>, or its cluster_name.')
    .argument('<url>', 'Where it is, such as postgresql://user:password@localhost:5432/shop.');
  add(
    'registry',
    'Name the registry of images with registry_type DOCR.',
    async () => (await import('./registry.js')).registry,
  ).argument(
    '<registry>',
    'Its name at DigitalOcean, or another host and path, such as localhost:5000/acme.',
  );
  add(
    'reset',
    'Stop everything and delete the apps, databases, images, builds and logs.',
    async () => (await import('./reset.js')).reset,
  ).option('--yes', 'Delete them; without it, only print what would be deleted.');
  addCompletion(program, { names: { 'logs app': () => appNames(program.opts<GivenOptions>().directory) } });
  return program;
}

function addStart(add: (usage: string, description: string, load: () => Promise<Run>) => Command): void {
  add(
    'start',
    'Start the server in the background, unless it is running.',
    async () => (await import('./start.js')).start,
  )
    .option(
      '--port <port>',
      'The preferred port (default: the last one used, or 4100). If it is taken, another one is used and kept.',
      portOf,
    )
    .option(
      '--simulate <rule>',
      'Run nothing: "build=2s deploy=30s", "bad-* deploy=5s fails=deploy". May be repeated.',
      collect,
    )
    .option('--fault <rule>', 'Make calls fail: "PUT /v2/apps/* 503 x2". May be repeated.', collect)
    .option(
      '--rate-limit <limit>',
      'Limit the rate of calls: real, or calls per minute and per hour, such as 250/5000.',
    )
    .option('--request-log <file>', 'Append each call to a file, as JSON.');
}

/** The names of the apps, from their records: the server need not run. */
async function appNames(directory: string | undefined): Promise<string[]> {
  const { apps } = layoutOf(directory ?? (await defaultDirectory(process.cwd())));
  const files = (await readdir(apps)).filter((file) => file.endsWith('.json'));
  const records = await Promise.all(files.map((file) => readFile(join(apps, file), 'utf8')));
  return records.map((text) => (JSON.parse(text) as { spec: { name: string } }).spec.name).sort();
}

/** The platform's folder of the workspace around a folder; worktrees share that of the main checkout. */
async function defaultDirectory(from: string): Promise<string> {
  for (let folder = from; ; folder = dirname(folder)) {
    if (await isWorkspaceRoot(folder)) return join(mainCheckout(folder), '.local-platform');
    if (folder === dirname(folder)) break;
  }
  throw new UsageError(
    `No workspace at or above ${from} (no nx.json, no package.json with workspaces). Set the platform's folder with --directory`,
  );
}

async function isWorkspaceRoot(folder: string): Promise<boolean> {
  if ((await readJson(join(folder, 'nx.json'))) !== undefined) return true;
  return (await readJson(join(folder, 'package.json')))?.['workspaces'] !== undefined;
}

async function readJson(file: string): Promise<Record<string, unknown> | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
