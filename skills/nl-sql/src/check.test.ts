import { describe, expect, it } from 'vitest';
import { problemsOf } from './check.js';
import { parseDdl } from './database.js';

const database = parseDdl('CREATE TABLE t (id int PRIMARY KEY, a text); CREATE TABLE u (id int)');

describe('problemsOf', () => {
  it.each([
    'SELECT t.a FROM t LIMIT 1',
    "SELECT COUNT(*) AS n FROM t WHERE t.a = 'x; DROP TABLE t' LIMIT 1000",
    "SELECT DATE_TRUNC('month', t.a), SUM(t.id) FROM t LEFT JOIN u ON u.id = t.id GROUP BY 1 ORDER BY 2 LIMIT 5",
  ])('lets pass: %s', (sql) => {
    expect(problemsOf(sql, database)).toEqual([]);
  });

  it.each([
    ['nonsense', 'one statement that can be parsed'],
    ['', 'one statement'],
    ['SELECT t.a FROM t LIMIT 1; DROP TABLE t', 'one statement'],
    ['DELETE FROM t', 'a delete'],
    ['UPDATE t SET a = 1', 'a update'],
    ['DROP TABLE t', 'a drop table'],
    ['WITH x AS (DELETE FROM t RETURNING *) SELECT t.a FROM t LIMIT 1', 'no plain SELECT'],
    ['SELECT t.a FROM t UNION SELECT u.id FROM u LIMIT 1', 'no plain SELECT'],
    ['SELECT t.a FROM t', 'no row limit'],
    ['SELECT t.a FROM t LIMIT 1001', 'no row limit'],
    ['SELECT t.a FROM t LIMIT (SELECT 1)', 'no row limit'],
    ['SELECT t.a FROM t LIMIT 1 FOR UPDATE', 'locks rows'],
    ['SELECT s.a FROM secrets AS s LIMIT 1', 'table secrets is unknown'],
    ['SELECT t.a FROM other.t LIMIT 1', 'table t is unknown'],
    ['SELECT t.b FROM t LIMIT 1', 'column t.b is unknown'],
    ['SELECT u.id FROM t LIMIT 1', 'column u.id is unknown'],
    ['SELECT * FROM t LIMIT 1', 'column'],
    ['SELECT t.* FROM t LIMIT 1', 'column'],
    ['SELECT COUNT(t.*) FROM t LIMIT 1', 'column'],
    ["SELECT pg_read_file('/etc/passwd') FROM t LIMIT 1", 'function pg_read_file'],
    ['SELECT pg_catalog.sum(t.id) FROM t LIMIT 1', 'function sum'],
    ['SELECT x.a FROM generate_series(1, 9) AS x LIMIT 1', 'something else than tables'],
    ['SELECT t.a FROM t WHERE t.id = (SELECT 1 LIMIT 1) LIMIT 1', 'another statement'],
    ['SELECT t.a FROM t WHERE EXISTS (SELECT u.id FROM u) LIMIT 1', 'another statement'],
    ['SELECT x.a FROM (SELECT t.a FROM t) AS x LIMIT 1', 'something else than tables'],
  ])('stops: %s', (sql, problem) => {
    expect(problemsOf(sql, database).join('; ')).toContain(problem);
  });
});
