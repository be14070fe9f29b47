import type { App, AppSpec } from '@odoobo/app-platform/spec';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { ask, job, service } from '../testing/components.test.helper.js';
import { folderWithDatabases, migration, queryService } from '../testing/databases.test.helper.js';
import { eventually, type TestPlatform, testPlatform } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';
import { mapDatabase } from './database-urls.js';
import { installedPostgres } from './postgres-programs.js';

const isInstalled = (await installedPostgres()).length > 0;
const envs = ['DATABASE_URL', 'CA_CERT', 'USERNAME', 'PASSWORD', 'HOSTNAME', 'PORT', 'DATABASE'].map(
  (key) => ({
    key,
    value: `\${db.${key}}`,
  }),
);

/** The first database makes the data of its server. */
const firstMs = 50_000;

/** An app whose service shows what its migration has written. */
async function shopOf(test: TestPlatform, statement: string): Promise<AppSpec> {
  return {
    name: 'shop',
    envs,
    databases: [{ name: 'db', engine: 'PG', version: '12' }],
    jobs: [job('migrate', 'PRE_DEPLOY', await test.image(migration(statement)))],
    services: [service('web', await test.image(queryService('SELECT name FROM things')))],
  };
}

async function rowsOf(app: App): Promise<unknown> {
  return (await fetch(`${app.live_url}/rows`)).json();
}

/** Everything that the platform has written about what it runs. */
async function writtenIn(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
}

describe.skipIf(!isInstalled)('an app with a database (needs postgres)', () => {
  it('is migrated before it goes live, keeps its data, and loses it when it is deleted', async () => {
    const directory = await folderWithDatabases();
    const test = await testPlatform({ directory });
    const app = await test.deploy(
      await shopOf(test, `CREATE TABLE things (name text); INSERT INTO things VALUES ('first')`),
      firstMs,
    );
    expect(await rowsOf(app)).toEqual([{ name: 'first' }]);
    expect(await test.log(app.id, 'BUILD')).toMatch(
      /database db: PostgreSQL \d+, at 127\.0\.0\.1:\d+; the spec asks for version 12/,
    );

    const failed = await test.redeploy(app.id, await shopOf(test, 'INSERT INTO missing VALUES (1)'));
    expect(failed.phase).toBe('ERROR');
    const steps = JSON.stringify(failed.progress);
    expect(steps).toContain('DeployContainerExitNonZero');
    expect(await rowsOf(app)).toEqual([{ name: 'first' }]);

    const other = await test.deploy({
      name: 'other',
      envs,
      databases: [{ name: 'db' }],
      services: [service('web', await test.image(goodService('one')))],
    });
    const { env } = await ask(other);
    const logs = (await test.log(app.id, 'RUN', failed.id)) + (await test.log(app.id, 'DEPLOY', failed.id));
    expect(logs).toMatch(/migrating postgresql:\/\/db_\w+:\[REDACTED\]@/);
    expect(logs).toContain('relation "missing" does not exist');

    await test.platform.close();
    const again = await testPlatform({ directory });
    const resumed = await again.settled(app.id);
    await expect.poll(() => rowsOf(resumed), { timeout: 10_000 }).toEqual([{ name: 'first' }]);
    const now = await eventually(async () =>
      (await fetch(other.live_url ?? '')).ok ? ask(other) : undefined,
    );
    expect(now.env['DATABASE_URL']).toBe(env['DATABASE_URL']);

    const { DATABASE_URL: own = '', CA_CERT: ca = '', PASSWORD: password = '' } = env;
    const shown = `${JSON.stringify(await again.app(other.id))}${await writtenIn(join(directory, 'apps'))}`;
    expect(`${shown}${await writtenIn(join(directory, 'run'))}`).not.toContain(password);
    expect(await namesIn(own, ca)).toContain(env['DATABASE']);
    const foreign = (await namesIn(own, ca)).find(
      (name) => name.startsWith('db_') && name !== env['DATABASE'],
    );
    await expect(namesIn(own.replace(/[^/]+\?/, `${foreign}?`), ca)).rejects.toThrow('permission denied');

    await again.call('DELETE', `/v2/apps/${app.id}`);
    await expect.poll(() => namesIn(own, ca)).not.toContain(foreign);
  }, 90_000);
});

/** The databases that a user sees in the server of its own. */
async function namesIn(url: string, ca: string): Promise<string[]> {
  const connectionString = url.replace(/\?.*/, '');
  const client = new pg.Client({ connectionString, ssl: { ca } });
  await client.connect();
  const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database');
  await client.end();
  return rows.map(({ datname }) => datname);
}

it('uses a database that runs elsewhere, once it is mapped, also of a kind that it does not start', async () => {
  const test = await testPlatform();
  const spec: AppSpec = {
    name: 'shop',
    databases: [{ name: 'db', engine: 'MONGODB', production: true, cluster_name: 'main' }],
    envs: [
      { key: 'URL', value: '${db.DATABASE_URL}' },
      { key: 'LOGIN', value: '${db.USERNAME} ${db.PASSWORD} ${db.HOSTNAME} ${db.PORT} ${db.DATABASE}' },
    ],
    services: [service('web', await test.image(goodService('one')))],
  };
  const { status, body } = await test.call('POST', '/v2/apps/propose', { spec });
  expect(status).toBe(501);
  expect(body['message']).toContain('databases/0/engine: the local platform does not start MongoDB. Map one');
  expect(body['message']).toContain('local-platform database main <url>');
  const url = 'mongodb://me:it%27s@db.example.com/shop?tls=true';
  await mapDatabase(test.directory, 'main', url);
  const app = await test.deploy(spec);
  const { env } = await ask(app);
  expect(env).toMatchObject({ URL: url, LOGIN: "me it's db.example.com 27017 shop" });
  await expect(mapDatabase(test.directory, 'main', 'me:secret@db')).rejects.not.toThrow('secret');
});
