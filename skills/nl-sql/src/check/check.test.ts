import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDdl } from '../catalogue/ddl.js';
import { checkSelect } from './check.js';

const database = parseDdl(
  'CREATE TABLE t (id int PRIMARY KEY, a text, d date); CREATE TABLE u (id int, t_id int, n numeric)',
);

const problemsOf = (sql: string, dialect: 'postgresql' | 'sqlite' = 'postgresql') =>
  checkSelect(sql, database, dialect, 1000).problems;

describe('a query that may run', () => {
  it.each([
    'SELECT t.a FROM t LIMIT 1',
    "SELECT COUNT(*) AS n FROM t WHERE t.a = 'x; DROP TABLE t -- /*' LIMIT 1000",
    "SELECT DATE_TRUNC('month', t.d), SUM(t.id) FROM t LEFT JOIN u ON u.id = t.id GROUP BY 1 ORDER BY 2 LIMIT 5",
    'SELECT x.a AS name, SUM(n) AS total FROM t AS x JOIN u ON u.t_id = x.id GROUP BY x.a ORDER BY total DESC LIMIT 5',
    'SELECT a FROM t WHERE id IN (SELECT t_id FROM u WHERE n > 10) LIMIT 5',
    'SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id) LIMIT 5',
    'SELECT q.total FROM (SELECT SUM(n) AS total FROM u GROUP BY t_id) AS q LIMIT 5',
    'WITH q AS (SELECT t_id, MAX(n) AS peak FROM u GROUP BY t_id) SELECT t.a, q.peak FROM q JOIN t ON t.id = q.t_id LIMIT 5',
    'SELECT q.id FROM (SELECT id FROM t UNION ALL SELECT id FROM u) AS q LIMIT 5 OFFSET 10',
    'SELECT a, RANK() OVER (PARTITION BY a ORDER BY id DESC) FROM t LIMIT 5',
    'SELECT COUNT(DISTINCT a) FILTER (WHERE id > 1), CASE WHEN MAX(id) > 2 THEN 1 ELSE 0 END FROM t LIMIT 1',
    "SELECT EXTRACT(year FROM d)::int, CAST(id AS text) || '!' FROM t WHERE d >= CURRENT_DATE - INTERVAL '30 days' LIMIT 9",
    'SELECT id, n FROM t JOIN u USING (id) LIMIT 5',
    "SELECT a FROM t WHERE a ILIKE '100\\%%' LIMIT 1",
    'SELECT a FROM t UNION SELECT d FROM t ORDER BY a LIMIT 5',
    '(SELECT a FROM t LIMIT 3) UNION ALL (SELECT a FROM t LIMIT 2) LIMIT 5 OFFSET 1',
    'WITH q AS (SELECT a FROM t) SELECT a FROM q INTERSECT SELECT a FROM t LIMIT 5',
    'SELECT a FROM t EXCEPT ALL SELECT a FROM t WHERE id = 1 LIMIT 5',
    'SELECT id FROM t WHERE id IN (SELECT id FROM u EXCEPT SELECT t_id FROM u) LIMIT 5',
    'SELECT * FROM t LIMIT 1',
    'SELECT x.*, u.n FROM t AS x JOIN u ON u.t_id = x.id LIMIT 1',
    'SELECT q.a, q.d FROM (SELECT * FROM t) AS q LIMIT 1',
    'SELECT a FROM t WHERE EXISTS (SELECT * FROM u WHERE u.t_id = t.id) LIMIT 1',
    'SELECT SUM(id) OVER (ORDER BY d ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM t LIMIT 5',
    'SELECT AVG(id) OVER (PARTITION BY a ORDER BY d ROWS 6 PRECEDING) FROM t LIMIT 5',
    "SELECT SUM(id) OVER (ORDER BY d RANGE BETWEEN INTERVAL '7 days' PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM t LIMIT 5",
    "SELECT a FROM t WHERE a = ANY(ARRAY['x', 'y']) LIMIT 5",
    "SELECT a FROM t WHERE a = ANY(ARRAY['x']::text[]) AND id <> ALL (ARRAY(SELECT t_id FROM u)) LIMIT 5",
    'SELECT (ARRAY_AGG(a ORDER BY d DESC))[1] FROM t LIMIT 5',
    "SELECT regexp_replace(a, '[^0-9]+', '', 'g'), replace(a, ' ', '-'), lpad(a, 8, '0') FROM t LIMIT 5",
    "SELECT json_agg(json_build_object('id', id, 'a', a) ORDER BY id) FROM t LIMIT 5",
    "SELECT x.word FROM t, unnest(string_to_array(t.a, ' ')) AS x (word) LIMIT 5",
    "SELECT e->>'k' FROM t CROSS JOIN LATERAL jsonb_array_elements(t.a::jsonb) AS e LIMIT 5",
    'SELECT a FROM t WHERE a IS NOT DISTINCT FROM NULL LIMIT 5',
    "SELECT a FROM t WHERE a SIMILAR TO 'x%' AND a NOT LIKE '!%' ESCAPE '!' LIMIT 5",
    'SELECT a FROM t ORDER BY a COLLATE "C" LIMIT 5',
    'WITH q AS MATERIALIZED (SELECT a FROM t) SELECT a FROM q LIMIT 5',
    "SELECT d AT TIME ZONE 'UTC', a ~* '^x' FROM t LIMIT 5",
  ])('%s', (sql) => {
    expect(problemsOf(sql)).toEqual([]);
  });

  it('lists the tables that it reads', () => {
    const sql = 'WITH q AS (SELECT t_id FROM u) SELECT q.t_id FROM q LIMIT 5';
    expect(checkSelect(sql, database, 'postgresql', 5)).toEqual({ problems: [], tables: ['u'] });
  });

  it("may use SQLite's functions, and names in any case, where it is for SQLite", () => {
    const sql = "SELECT STRFTIME('%Y', T.D), IFNULL(A, '') FROM \"T\" LIMIT 5";
    expect(problemsOf(sql, 'sqlite')).toEqual([]);
    expect(problemsOf(sql, 'postgresql').join()).toContain('table T is unknown');
  });
});

describe('a query that is refused', () => {
  it.each([
    ['nonsense', 'cannot be parsed'],
    ['', 'cannot be parsed'],
    ['SELECT t.a FROM t LIMIT 1; DROP TABLE t', 'without comments, semicolons'],
    ['DELETE FROM t', '"delete"'],
    ['UPDATE t SET a = 1', '"update"'],
    ['DROP TABLE t', '"drop table"'],
    ['TRUNCATE t', '"truncate table"'],
    ["SET TIME ZONE 'UTC'", '"set timezone"'],
    ['VALUES (1)', '"values"'],
    ['EXPLAIN ANALYZE DELETE FROM t', 'cannot be parsed'],
    ["COPY t TO PROGRAM 'id'", 'cannot be parsed'],
    ['SELECT t.a INTO other FROM t LIMIT 1', 'cannot be parsed'],
    ['WITH x AS (DELETE FROM t RETURNING id) SELECT x.id FROM x LIMIT 1', '"delete"'],
    ['WITH x AS (INSERT INTO t (id) VALUES (1) RETURNING id) SELECT x.id FROM x LIMIT 1', '"insert"'],
    ['WITH x AS (UPDATE t SET a = 1 RETURNING id) SELECT x.id FROM x LIMIT 1', '"update"'],
    ['WITH x AS (SELECT id FROM t) DELETE FROM t', '"delete"'],
    [
      'WITH RECURSIVE x (n) AS (SELECT 1 UNION ALL SELECT n FROM x) SELECT n FROM x LIMIT 1',
      'with recursive',
    ],
    ['SELECT t.a FROM t UNION SELECT t.a FROM t', 'no row limit'],
    ['(SELECT t.a FROM t) UNION (SELECT t.a FROM t LIMIT 1)', 'no row limit'],
    ['SELECT t.a FROM t LIMIT 1 UNION ALL (SELECT t.a FROM t LIMIT 1)', 'no row limit'],
    ['SELECT t.a FROM t UNION SELECT t.a FROM t LIMIT 1001', 'no row limit'],
    ['SELECT t.a FROM t EXCEPT SELECT pg_sleep(9) FROM t LIMIT 1', 'function pg_sleep'],
    ['SELECT t.a FROM t INTERSECT SELECT secret FROM t LIMIT 1', 'column secret is unknown'],
    ['SELECT a FROM t UNION SELECT d FROM t ORDER BY secret LIMIT 1', 'column secret is unknown'],
    ['SELECT t.a FROM t', 'no row limit of at most 1000'],
    ['SELECT t.a FROM t LIMIT 1001', 'no row limit'],
    ['SELECT t.a FROM t LIMIT (SELECT 1)', 'plain numbers'],
    ['SELECT t.a FROM t LIMIT ALL', 'cannot be parsed'],
    ['SELECT t.a FROM t LIMIT 1 FOR UPDATE', 'locks rows'],
    ['SELECT t.a FROM (SELECT a FROM t FOR SHARE) AS t LIMIT 1', 'locks rows'],
    ['SELECT s.a FROM secrets AS s LIMIT 1', 'table secrets is unknown'],
    ['SELECT t.a FROM other.t LIMIT 1', 'table other.t is unknown'],
    ['SELECT rolpassword FROM pg_authid LIMIT 1', 'table pg_authid is unknown'],
    ['SELECT usename FROM pg_catalog.pg_user LIMIT 1', 'table pg_catalog.pg_user is unknown'],
    [
      'SELECT table_name FROM information_schema.tables LIMIT 1',
      'table information_schema.tables is unknown',
    ],
    ['SELECT sql FROM sqlite_master LIMIT 1', 'table sqlite_master is unknown'],
    ['SELECT t.b FROM t LIMIT 1', 'column t.b is unknown'],
    ['SELECT t.ctid FROM t LIMIT 1', 'column t.ctid is unknown'],
    ['SELECT u.id FROM t LIMIT 1', 'column u.id is unknown'],
    ['SELECT t.id FROM t AS x LIMIT 1', 'column t.id is unknown'],
    ['SELECT id FROM t JOIN u ON u.t_id = t.id LIMIT 1', 'column id is ambiguous: choose one of t.id, u.id'],
    ['SELECT t FROM t LIMIT 1', 'column t is unknown'],
    ['SELECT a FROM t WHERE id IN (SELECT secret FROM u) LIMIT 1', 'column secret is unknown'],
    ['SELECT a FROM t ORDER BY secret LIMIT 1', 'column secret is unknown'],
    ['SELECT a FROM t JOIN u USING (secret) LIMIT 1', 'column secret is unknown'],
    ['SELECT q.a FROM (SELECT id FROM t) AS q LIMIT 1', 'column q.a is unknown'],
    ['SELECT * LIMIT 1', 'selects * from no table'],
    ['SELECT u.* FROM t LIMIT 1', 'table u of u.* is unknown'],
    ['SELECT q.secret FROM (SELECT * FROM t) AS q LIMIT 1', 'column q.secret is unknown'],
    ['SELECT a FROM t WHERE EXISTS (SELECT t.* FROM u) LIMIT 1', 'table t of t.* is unknown'],
    ['SELECT row_to_json(t) FROM t LIMIT 1', 'function row_to_json'],
    ['SELECT to_json(t) FROM t LIMIT 1', 'column t is unknown'],
    ['SELECT json_agg(t.*) FROM t LIMIT 1', 'name the columns'],
    ['SELECT a FROM t WHERE a = ANY(ARRAY[pg_sleep(9)]) LIMIT 1', 'function pg_sleep'],
    ['SELECT a FROM t WHERE a = ANY(ARRAY(SELECT secret FROM u)) LIMIT 1', 'column secret is unknown'],
    ['SELECT (ARRAY[1])[pg_sleep(9)] FROM t LIMIT 1', 'function pg_sleep'],
    ["SELECT ARRAY['pg_authid']::regclass[] FROM t LIMIT 1", 'casts to a type'],
    [
      'SELECT SUM(id) OVER (ORDER BY id ROWS BETWEEN pg_sleep(9) PRECEDING AND CURRENT ROW) FROM t LIMIT 1',
      'cannot be parsed',
    ],
    [
      'SELECT SUM(id) OVER (ORDER BY pg_sleep(9) ROWS UNBOUNDED PRECEDING) FROM t LIMIT 1',
      'function pg_sleep',
    ],
    ['SELECT a COLLATE pg_sleep(9) FROM t LIMIT 1', 'function'],
    ['WITH x AS MATERIALIZED (DELETE FROM t RETURNING id) SELECT x.id FROM x LIMIT 1', '"delete"'],
    ["SELECT x.value FROM json_each(pg_read_file('/etc/passwd')) AS x LIMIT 1", 'function pg_read_file'],
    ['SELECT x.a FROM pg_catalog.unnest(ARRAY[1]) AS x LIMIT 1', 'the function unnest'],
    ["SELECT lpad(a, 1000000000, 'x') FROM t LIMIT 1", 'the width of lpad'],
    ["SELECT rpad(a, id, 'x') FROM t LIMIT 1", 'the width of rpad'],
    ["SELECT replace(a, 'x', a) FROM t LIMIT 1", 'the replacement of replace'],
    [
      "SELECT replace(replace(replace(a, 'x', 'xxxxxxxxxxxxxxxxxxxxxxxxx'), 'x', 'xxxxxxxxxxxxxxxxxxxxxxxxx'), 'x', 'xxxxxxxxxxxxxxxxxxxxxxxxx') FROM t LIMIT 1",
      'make a text too long',
    ],
    [
      "WITH q AS (SELECT regexp_replace(a, '', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'g') AS b FROM t) SELECT regexp_replace(b, '', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'g') FROM q LIMIT 1",
      'make a text too long',
    ],
    ['SELECT COUNT(t.*) FROM t LIMIT 1', 'name the columns'],
    ['SELECT pg_sleep(60) FROM t LIMIT 1', 'function pg_sleep'],
    ['SELECT a FROM t WHERE pg_sleep(60) IS NULL LIMIT 1', 'function pg_sleep'],
    ['SELECT a FROM t ORDER BY pg_sleep(60) LIMIT 1', 'function pg_sleep'],
    ['SELECT SUM(id) OVER (PARTITION BY pg_sleep(9)) FROM t LIMIT 1', 'function pg_sleep'],
    ['SELECT SUM(id) FILTER (WHERE pg_sleep(9) IS NULL) FROM t LIMIT 1', 'function pg_sleep'],
    ['SELECT CASE WHEN id = 1 THEN pg_sleep(9) END FROM t LIMIT 1', 'function pg_sleep'],
    ['SELECT "pg_sleep"(60) FROM t LIMIT 1', 'function pg_sleep'],
    ["SELECT pg_read_file('/etc/passwd') FROM t LIMIT 1", 'function pg_read_file'],
    ["SELECT lo_import('/etc/passwd') FROM t LIMIT 1", 'function lo_import'],
    ["SELECT set_config('role', 'postgres', false) FROM t LIMIT 1", 'function set_config'],
    ["SELECT nextval('t_id_seq') FROM t LIMIT 1", 'function nextval'],
    ["SELECT query_to_xml('DELETE FROM t', true, true, '') FROM t LIMIT 1", 'function query_to_xml'],
    ["SELECT repeat('x', 1000000000) FROM t LIMIT 1", 'function repeat'],
    ["SELECT load_extension('x') FROM t LIMIT 1", 'function load_extension'],
    ['SELECT pg_catalog.sum(t.id) FROM t LIMIT 1', 'function sum'],
    ["SELECT x.a FROM dblink('host=other', 'SELECT 1') AS x LIMIT 1", 'the function dblink'],
    ['SELECT x.a FROM generate_series(1, 9) AS x LIMIT 1', 'the function generate_series'],
    ["SELECT 'pg_authid'::regclass FROM t LIMIT 1", 'casts to a type'],
    ['SELECT current_user FROM t LIMIT 1', 'current_user is not allowed'],
    ['SELECT a FROM t WHERE id = $1 LIMIT 1', 'not plain SQL'],
    ['SELECT a -- FROM u\nFROM t LIMIT 1', 'not plain SQL'],
    ['SELECT a /* /* */ , pg_sleep(9) /* */ */ FROM t LIMIT 1', 'not plain SQL'],
    ["SELECT E'\\'', pg_sleep(9) --' FROM t LIMIT 1", 'not plain SQL'],
    ["SELECT U&'\\0027' FROM t LIMIT 1", 'not plain SQL'],
    ['SELECT $$a$$ FROM t LIMIT 1', 'not plain SQL'],
    ['SELECT [a] FROM t LIMIT 1', 'cannot be parsed'],
    ['SELECT `a` FROM t LIMIT 1', 'not plain SQL'],
  ])('%s', (sql, problem) => {
    expect(problemsOf(sql).join('; ')).toContain(problem);
  });

  it('is too deep or too long to parse at once', () => {
    expect(problemsOf(`SELECT ${'('.repeat(40)}1${')'.repeat(40)} FROM t LIMIT 1`)).toEqual([
      'it nests deeper than 32 brackets',
    ]);
    expect(problemsOf(`SELECT ${'1 + '.repeat(5000)}1 FROM t LIMIT 1`)).toEqual([
      'it is longer than 10000 characters',
    ]);
  });

  it('gets a problem for each thing that is wrong', () => {
    expect(problemsOf('SELECT t.b, version() FROM t')).toEqual([
      'column t.b is unknown',
      'function version is not allowed',
      'it has no row limit of at most 1000: end it with LIMIT 1000',
    ]);
  });

  it('never throws, whatever it is made of', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...'SELECT|FROM|t|u|t.a|(|)|,|WHERE|*|LIMIT|1|UNION|WITH|AS|x|JOIN|ON|=|IN|count|CASE|WHEN|END|GROUP BY|ORDER BY|OVER|::|text|NOT|EXISTS|DELETE|\'a\'|"t"'.split(
          '|',
        ),
      ),
      fc.string({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        expect(Array.isArray(problemsOf(pieces.join(' ')))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
