import { callSkill } from '@odoobo/skill-kit/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nlSqlSkill } from '../skill.js';
import { startModelEndpoint } from '../test-support/model-endpoint.js';
import { hasPostgres, type PostgresServer, startPostgres } from '../test-support/postgres.js';
import { PostgresSource } from './postgres.js';

const shop = `
CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL, country text, password text);
CREATE TABLE orders (
  id bigint PRIMARY KEY, customer_id int REFERENCES customers, total numeric(10, 2), paid boolean, ordered_at timestamptz
);
CREATE VIEW french AS SELECT name FROM customers WHERE country = 'France';
CREATE TABLE secrets (id int PRIMARY KEY, secret text);
CREATE TABLE files (id int PRIMARY KEY, content text);
CREATE SCHEMA hidden;
CREATE TABLE hidden.orders (id int);
INSERT INTO customers (name, country, password) VALUES ('Ada', 'France', 'x'), ('Bo', 'Norway', 'y');
INSERT INTO orders VALUES
  (1, 1, 100.10, true, '2023-12-31 23:30+00'), (2, 1, 50, false, '2024-01-01 00:00+00'),
  (9007199254740993, 2, 300, NULL, '2024-02-29 12:00:00.123456+00');
INSERT INTO files SELECT n, repeat('x', 100000) FROM generate_series(1, 100) AS n;
INSERT INTO secrets SELECT n, 's' FROM generate_series(1, 20000) AS n;
CREATE ROLE reader LOGIN;
CREATE ROLE nobody LOGIN;
GRANT SELECT (id, name, country) ON customers TO reader;
GRANT SELECT ON orders, french, files TO reader;
`;

const isInstalled = await hasPostgres();
let server: PostgresServer;
let skill: ReturnType<typeof nlSqlSkill>;

const none = new AbortController().signal;

// Only a real server has roles, timeouts and a wire; PGlite, which runs the templates' queries, has none of them.
describe.skipIf(!isInstalled)('a PostgreSQL server (needs postgres)', () => {
  beforeAll(async () => {
    server = await startPostgres(shop);
    const env = {
      DATABASE_URL_SHOP: server.urlFor('reader'),
      DATABASE_URL_EMPTY: server.urlFor('nobody'),
      DATABASE_URL_DOWN: 'postgresql://reader:hunter2@127.0.0.1:1/postgres',
      DATABASE_URL_ODD: 'mysql://reader:hunter2@127.0.0.1/shop',
    };
    skill = nlSqlSkill(env, new URL(import.meta.url));
  }, 60_000);

  afterAll(() => server.stop());

  const ask = (question: string, database = 'shop') =>
    callSkill(skill, { question, database, today: '2024-03-31' });

  it.each<[string, unknown[][]]>([
    [
      'top 2 customers by total',
      [
        ['Bo', '300.00'],
        ['Ada', '150.10'],
      ],
    ],
    [
      'how many orders per year',
      [
        ['2023-01-01 00:00:00+00', 1],
        ['2024-01-01 00:00:00+00', 2],
      ],
    ],
    [
      'id and paid and ordered at of orders where total over 99',
      [
        [1, true, '2023-12-31 23:30:00+00'],
        ['9007199254740993', null, '2024-02-29 12:00:00.123456+00'],
      ],
    ],
    [
      'top 3 customers by total in 2024',
      [
        ['Bo', '300.00'],
        ['Ada', '50.00'],
      ],
    ],
    ['how many french', [[1]]],
  ])('is read and asked: %s', async (question, rows) => {
    const { output, error } = await ask(question);
    expect(error).toBeUndefined();
    expect(output).toMatchObject({ dialect: 'postgresql', rows });
  });

  it('shows the tables and columns that its role may read, and no others', async () => {
    const source = new PostgresSource('shop', server.urlFor('reader'));
    const tables = await source.readTables(none);
    expect([...tables.keys()]).toEqual(['customers', 'files', 'french', 'orders']);
    expect(tables.get('customers')?.columns.map(({ name }) => name)).toEqual(['id', 'name', 'country']);
    expect(tables.get('orders')).toMatchObject({
      primaryKey: 'id',
      foreignKeys: [{ column: 'customer_id', table: 'customers', references: 'id' }],
    });
    expect(tables.get('orders')?.columns[2]).toMatchObject({ type: 'numeric(10,2)', kind: 'number' });
  });

  it('sends the model its refusal, and runs the corrected query', async () => {
    const endpoint = await startModelEndpoint();
    const write = (sql: string) => JSON.stringify({ sql, explanation: 'Names.' });
    endpoint.script(
      write('SELECT name + 1 AS x FROM customers LIMIT 5'),
      write('SELECT name FROM french LIMIT 5'),
    );
    const env = { DATABASE_URL_SHOP: server.urlFor('reader'), MODEL_NAME: 'm', MODEL_BASE_URL: endpoint.url };
    const asking = nlSqlSkill(env, new URL(import.meta.url));
    const { output } = await callSkill(asking, { question: 'who is French?', database: 'shop' });
    await endpoint.close();
    expect(output).toMatchObject({ engine: 'model', columns: ['name'], rows: [['Ada']], tables: ['french'] });
    const [, again] = endpoint.requests;
    expect(again?.body.messages.at(-1)?.content).toContain('operator does not exist: text + integer');
    expect(JSON.stringify(endpoint.requests)).not.toMatch(/password|secret|hidden/);
  });

  it('cannot be written to, even by an unchecked query', async () => {
    const source = new PostgresSource('shop', server.urlFor('owner'));
    await expect(source.run('DELETE FROM orders', none)).rejects.toMatchObject({
      status: 422,
      code: 'query_refused',
      message: 'The database refused the query: cannot execute DELETE in a read-only transaction',
    });
    expect((await source.run('SELECT COUNT(*) FROM orders', none)).rows).toEqual([[3]]);
  });

  it('reads a backslash as itself, whatever the role has set', async () => {
    const source = new PostgresSource('shop', server.urlFor('owner'));
    await source.run("SELECT set_config('standard_conforming_strings', 'off', false)", none);
    expect((await source.run("SELECT 'a\\' AS text", none)).rows).toEqual([['a\\']]);
  });

  it('ends a query that takes too long, and is asked again afterwards', async () => {
    const source = new PostgresSource('shop', server.urlFor('owner'), { queryTimeoutMs: 300 });
    await expect(source.run('SELECT pg_sleep(60)', none)).rejects.toMatchObject({ code: 'query_too_slow' });
    expect((await source.run('SELECT 1', none)).rows).toEqual([[1]]);
  });

  it('stops waiting when the caller goes away', async () => {
    const source = new PostgresSource('shop', server.urlFor('owner'));
    const caller = new AbortController();
    const asked = source.run('SELECT pg_sleep(60)', caller.signal);
    await untilSleeping(server.urlFor('owner'));
    caller.abort(new Error('the caller went away'));
    await expect(asked).rejects.toThrow('the caller went away');
    expect((await source.run('SELECT 1', none)).rows).toEqual([[1]]);
  });

  it('sends no more than an answer should carry', async () => {
    const { status, error } = await ask('list files');
    expect([status, error?.code]).toEqual([422, 'result_too_large']);
    expect((await ask('how many files')).output?.rows).toEqual([[100]]);
  });

  it.each([
    ['empty', 422, 'no_tables', 'Grant the role SELECT'],
    ['down', 502, 'database_unreachable', 'check DATABASE_URL_DOWN'],
    ['odd', 500, 'misconfigured', 'DATABASE_URL_ODD'],
    ['other', 404, 'unknown_database', 'Available: down, empty, odd, shop.'],
  ])('is refused with a reason, and without its address: %s', async (name, status, code, reason) => {
    const { status: answered, error } = await ask('how many orders', name);
    expect([answered, error?.code]).toEqual([status, code]);
    expect(error?.message).toContain(reason);
    expect(JSON.stringify(error)).not.toMatch(/hunter2|127\.0\.0\.1/);
  });

  it.each(['postgresql://127.0.0.1:5432/x', 'PATH', '../x', ''])(
    'is never an address of the caller: %s',
    async (name) => {
      expect((await ask('how many orders', name)).error?.code).toBe('invalid_input');
    },
  );
});

async function untilSleeping(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const asked = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    while ((await client.query(asked)).rows.length === 0);
  } finally {
    await client.end();
  }
}
