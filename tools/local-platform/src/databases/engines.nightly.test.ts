import type { App, AppSpec, Database } from '@odoobo/app-platform/spec';
import { processTable } from '@odoobo/machine/process-table';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { layoutOf } from '../state/layout.js';
import { databaseFolderOf } from '../state/work-folders.js';
import { type ServerFolder, serverFolder } from '../testing/cli.test.helper.js';
import { service } from '../testing/components.test.helper.js';
import { countingServices, folderWithDatabases } from '../testing/databases.test.helper.js';
import { eventually, type TestPlatform, testPlatform } from '../testing/platform.test.helper.js';
import { installedMysql } from './mysql-programs.js';
import { installedPostgres } from './postgres-programs.js';
import { installedValkey } from './valkey.js';

function specOf(name: string, engine: Database['engine'], digest: string): AppSpec {
  return {
    name,
    envs: ['DATABASE_URL', 'CA_CERT'].map((key) => ({ key, value: `\${db.${key}}` })),
    databases: [{ name: 'db', ...(engine && { engine }), production: true, cluster_name: 'main' }],
    services: [service('web', digest)],
  };
}

async function countOf({ live_url: url }: App): Promise<{ count: number; url: string } | undefined> {
  const reply = await fetch(`${url}/count`).catch(() => undefined);
  return reply?.ok ? ((await reply.json()) as { count: number; url: string }) : undefined;
}

/** Ends all that a platform runs, as a power cut does. */
async function killAllOf(directory: string): Promise<void> {
  const rows = await processTable().all((row, environment) => ({ ...row, environment }));
  const all = rows.filter(({ environment }) => environment.includes(encodeURIComponent(directory)));
  for (const { pid } of all) process.kill(pid, 'SIGKILL');
}

/** The app when it is live: the first of an engine makes its server. */
async function live(server: ServerFolder | TestPlatform, spec: AppSpec): Promise<App> {
  const { id } = await server.create(spec);
  const app = await eventually(() => server.settled(id).catch(() => undefined), 60_000);
  if (app.active_deployment) return app;
  throw new Error(JSON.stringify(app));
}

/** What a platform leaves that is killed between the deletion of an app's record and that of its databases. */
async function forgetApp(directory: string, id: string): Promise<void> {
  await rm(join(layoutOf(directory).apps, `${id}.json`));
}

function holds(engine: keyof typeof countingServices): void {
  it('keep apart what two apps write, and keep it after kill -9 of everything', async () => {
    const directory = await folderWithDatabases();
    const server = await serverFolder(directory);
    await server.ensure();
    const digest = await server.image(countingServices[engine]);
    const one = await live(server, specOf('one', engine, digest));
    const other = await live(server, specOf('other', engine, digest));
    const before = await countOf(one);
    expect(before?.count).toBe(1);
    expect((await countOf(one))?.count).toBe(2);
    expect((await countOf(other))?.count).toBe(1);
    await killAllOf(directory);
    await server.ensure();
    expect((await server.settled(one.id)).live_url).toBe(one.live_url);
    expect(await eventually(() => countOf(one), 60_000)).toEqual({ count: 3, url: before?.url });
    expect((await eventually(() => countOf(other), 60_000))?.count).toBe(2);
  }, 180_000);

  it('are deleted with their app, also where the platform was killed meanwhile', async () => {
    const directory = await folderWithDatabases();
    const first = await testPlatform({ directory });
    const digest = await first.image(countingServices[engine]);
    const app = await live(first, specOf('shop', engine, digest));
    const { id } = app;
    expect((await countOf(app))?.count).toBe(1);
    const made = join(databaseFolderOf(layoutOf(directory)), 'apps');
    expect(await readdir(made)).toEqual([`${id}.json`]);
    await first.platform.close();
    await forgetApp(directory, id);
    const second = await testPlatform({ directory });
    await expect.poll(() => readdir(made), { timeout: 60_000 }).toEqual([]);
    const empty = await live(second, specOf('shop', engine, digest));
    expect((await eventually(() => countOf(empty), 60_000)).count).toBe(1);
  }, 180_000);
}

const hasPostgres = (await installedPostgres()).length > 0;
const hasMysql = (await installedMysql()) !== undefined;
const hasValkey = (await installedValkey()) !== undefined;

describe.skipIf(!hasPostgres)('databases of PostgreSQL (needs postgres)', () => holds('PG'));
describe.skipIf(!hasMysql)('databases of MySQL (needs mariadb or mysql)', () => holds('MYSQL'));
describe.skipIf(!hasValkey)('databases of Valkey (needs valkey or redis)', () => holds('VALKEY'));
