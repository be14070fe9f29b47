import { AppPlatformClient, type AppSpec } from '@odoobo/app-platform';
import { ensurePlatform, stopPlatform } from '@odoobo/local-platform';
import { freePort } from '@odoobo/machine/network';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ByHand } from './database/by-hand.js';
import { alternate } from './support/alternate.js';
import type { Benchmark, Report } from './support/benchmark.js';
import { table } from './support/report.js';
import { median } from './support/statistics.js';

const rounds = 5;
const pollMs = 20;
const run = promisify(execFile);
const client = JSON.stringify(createRequire(import.meta.url).resolve('pg'));

/** What an app does whose job makes a table, and whose service reads it. */
const connected = `
  const { Client } = require(${client});
  const url = new URL(process.env.DATABASE_URL);
  url.search = '';
  const client = new Client({ connectionString: url.href });
`;
const files = {
  'migrate.js': `${connected}
    client.connect()
      .then(() => client.query("CREATE TABLE things (name text); INSERT INTO things VALUES ('first')"))
      .then(() => client.end());`,
  'main.js': `${connected}
    client.on('error', () => process.exit(1));
    client.connect().then(() => require('node:http').createServer(async (_, response) => {
      response.end((await client.query('SELECT name FROM things')).rows[0].name);
    }).listen(process.env.PORT, '127.0.0.1'));`,
};

/** How long an app with a PostgreSQL database and a migration takes until it is live. */
export const database: Benchmark = async (signal) => {
  const folder = await mkdtemp(join(tmpdir(), 'database-'));
  const repository = join(folder, 'repository');
  const platform = new OnPlatform(join(folder, 'platform'), repository, signal);
  const byHand = new ByHand(join(folder, 'by-hand'), repository, signal);
  try {
    // The server by hand may run as another user.
    await chmod(folder, 0o711);
    await commit(repository);
    const seconds = await alternate(rounds, {
      platformFirst: () => platform.first(),
      platformNext: () => platform.next(),
      byHandFirst: () => byHand.first(),
      byHandNext: () => byHand.next(),
    });
    return report(seconds);
  } finally {
    await Promise.all([platform.reset(), byHand.end()]);
    await rm(folder, { recursive: true, force: true });
  }
};

async function commit(repository: string): Promise<void> {
  await mkdir(repository);
  for (const [name, text] of Object.entries(files)) await writeFile(join(repository, name), text);
  const git = ['-C', repository, '-c', 'user.name=bench', '-c', 'user.email=bench@localhost'];
  for (const args of [
    ['init', '--quiet'],
    ['add', '--all'],
    ['commit', '--quiet', '--message', 'App'],
  ])
    await run('git', [...git, ...args]);
}

/** The same app, again and again, each with a database of its own. */
class OnPlatform {
  #apps = 0;

  constructor(
    private readonly directory: string,
    private readonly repository: string,
    private readonly signal: AbortSignal,
  ) {}

  /** On a platform that has no server of databases yet. */
  async first(): Promise<number> {
    await this.reset();
    return this.next();
  }

  /** Seconds from POST to ACTIVE, on a platform that runs. */
  async next(): Promise<number> {
    const platform = await ensurePlatform(this.directory, { port: await freePort(), signal: this.signal });
    const client = new AppPlatformClient(platform);
    try {
      const since = performance.now();
      const { id } = await client.createApp(this.#spec());
      for (;;) {
        const app = await client.getApp(id);
        if (app.active_deployment) return secondsSince(since);
        if (!app.pending_deployment && !app.in_progress_deployment) throw new Error(JSON.stringify(app));
        await delay(pollMs, undefined, { signal: this.signal });
      }
    } finally {
      await client.close();
    }
  }

  /** Deletes its databases too, which are elsewhere if root runs it. */
  async reset(): Promise<void> {
    const bin = createRequire(import.meta.url).resolve('@odoobo/local-platform/package.json');
    await stopPlatform(this.directory);
    const command = join(dirname(bin), 'bin/local-platform.js');
    await run(process.execPath, [command, 'reset', '--yes', '--directory', this.directory]);
  }

  #spec(): AppSpec {
    const source = {
      git: { repo_clone_url: this.repository },
      environment_slug: 'html',
    };
    return {
      name: `shop-${this.#apps++}`,
      databases: [{ name: 'db', engine: 'PG' }],
      envs: [{ key: 'DATABASE_URL', value: '${db.DATABASE_URL}' }],
      jobs: [{ name: 'migrate', kind: 'PRE_DEPLOY', run_command: 'node migrate.js', ...source }],
      services: [{ name: 'web', run_command: 'node main.js', ...source }],
    };
  }
}

function secondsSince(since: number): number {
  return (performance.now() - since) / 1000;
}

type Seconds = Record<'platformFirst' | 'platformNext' | 'byHandFirst' | 'byHandNext', number[]>;

function report(seconds: Seconds): Report {
  return {
    title: 'An app with a database and a migration',
    body: `An app from a git repository, with a PostgreSQL database, a PRE_DEPLOY job that makes a table, and a service that reads it: from POST to
ACTIVE, on a platform that runs. The rival: the same server, clone and two processes, started by hand one after another as soon as the one before is ready.
Seconds by the clock, medians of ${rounds} rounds, in turn.

${table(
  ['', 'platform', 'by hand (rival)', 'ratio'],
  [
    row(
      'first: the data of the server is made, the server started',
      seconds.platformFirst,
      seconds.byHandFirst,
    ),
    row('next: the server runs', seconds.platformNext, seconds.byHandNext),
  ],
)}

The platform also makes a certificate, a user for each database and copies of the build, checks the health of the service, and records each step.
By hand, the first server waits until its new files are on the disk; the platform has them written while the server already runs.`,
  };
}

function row(name: string, platform: readonly number[], byHand: readonly number[]): string[] {
  const [ours, theirs] = [median(platform), median(byHand)];
  return [name, `${ours.toFixed(2)} s`, `${theirs.toFixed(2)} s`, (ours / theirs).toFixed(2)];
}
