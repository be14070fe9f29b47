import { SkillError } from '@odoobo/skill-kit';
import { readdir } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDdl } from '../catalogue/ddl.js';
import { checkSelect } from '../check/check.js';
import { attacks, harmless } from '../test-support/attacks.js';
import { hasPostgres, type PostgresServer, startPostgres } from '../test-support/postgres.js';
import { PostgresSource } from './postgres.js';

const known = parseDdl(
  'CREATE TABLE t (id int PRIMARY KEY, a text, d timestamp); CREATE TABLE u (id int, t_id int, n numeric)',
);

/** What the attacker wants: rows of another schema, a function that writes, large objects, a sequence. */
const setup = `
ALTER ROLE owner PASSWORD 'TOPSECRET-password';
CREATE TABLE t (id int PRIMARY KEY, a text, d timestamp);
CREATE TABLE u (id int, t_id int, n numeric);
INSERT INTO t VALUES (1, 'x', '2024-01-01'), (2, 'y 2', '2024-01-02'), (3, NULL, NULL);
INSERT INTO u VALUES (1, 1, 10), (2, 1, 20);
CREATE SCHEMA hidden;
CREATE TABLE hidden.secrets (secret text);
INSERT INTO hidden.secrets VALUES ('TOPSECRET-row');
CREATE SEQUENCE s;
SELECT lo_from_bytea(1, 'x');
CREATE FUNCTION write_it() RETURNS int LANGUAGE plpgsql AS $$
BEGIN PERFORM dblink_like(); RETURN 1; END $$;
CREATE FUNCTION dblink_like() RETURNS void LANGUAGE plpgsql AS $$
BEGIN PERFORM nextval('s'); PERFORM pg_notify('written', ''); PERFORM pg_advisory_lock(7); END $$;
CREATE FUNCTION is_same(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT write_it() = $1';
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = is_same);
CREATE FUNCTION add_evil(int, int) RETURNS int LANGUAGE sql AS 'SELECT write_it() + $1 + $2';
CREATE AGGREGATE evil_sum (int) (SFUNC = add_evil, STYPE = int, INITCOND = '0');
`;

/** All that an attack could have changed. */
const stateSql = `
SELECT (SELECT json_agg(t ORDER BY id) FROM t), (SELECT json_agg(u ORDER BY id) FROM u), (SELECT json_agg(s) FROM hidden.secrets AS s),
  (SELECT last_value::text || is_called FROM s), (SELECT json_agg(oid) FROM pg_largeobject_metadata),
  (SELECT json_agg(rolname || rolsuper || rolpassword ORDER BY rolname) FROM pg_authid WHERE rolpassword IS NOT NULL OR rolname !~ '^pg_'),
  (SELECT json_agg(relname || relacl::text ORDER BY oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
  (SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory'), (SELECT COUNT(*) FROM pg_replication_slots),
  (SELECT setting FROM pg_settings WHERE name = 'statement_timeout'), pg_postmaster_start_time()::text`;

const isInstalled = await hasPostgres();

describe.skipIf(!isInstalled)('hostile queries, as superuser (needs postgres)', () => {
  const none = new AbortController().signal;
  let server: PostgresServer;
  let source: PostgresSource;
  let before: unknown;

  beforeAll(async () => {
    server = await startPostgres(setup);
    source = new PostgresSource('t', server.urlFor('owner'), { queryTimeoutMs: 1_000 });
    before = await stateOf(server);
  }, 60_000);

  afterAll(() => server.stop());

  describe.each(Object.entries(attacks))('%s', (_kind, queries) => {
    it.each(queries)('does no harm: %s', async (sql) => {
      const { problems } = checkSelect(sql, known, 'postgresql', 100);
      if (problems.length > 0) return;
      // What passes runs as the superuser that an operator should not have configured.
      const result = await source.run(sql, none).catch((error: unknown) => error);
      if (result instanceof Error) expect(result).toBeInstanceOf(SkillError);
      expect(JSON.stringify(result)).not.toMatch(/TOPSECRET|root:|hidden/);
    });
  });

  it('have changed nothing together, and the server still runs', async () => {
    expect(await stateOf(server)).toEqual(before);
    expect((await readdir('/tmp')).filter((name) => name.startsWith('nl-sql-owned'))).toEqual([]);
  });

  it.each(harmless)('are not: %s', async (sql) => {
    expect(checkSelect(sql, known, 'postgresql', 100).problems).toEqual([]);
    await expect(source.run(sql, none)).resolves.toHaveProperty('rows');
  });
});

async function stateOf(server: PostgresServer): Promise<unknown> {
  const client = new pg.Client({ connectionString: server.urlFor('owner') });
  await client.connect();
  try {
    return (await client.query(stateSql)).rows;
  } finally {
    await client.end();
  }
}
