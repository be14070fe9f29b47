import { bundleSkill, callSkill, type SkillBundle } from '@odoobo/skill-kit/testing';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import initSqlJs from 'sql.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nlSqlSkill } from '../../skill.js';
import { SqliteFile } from './sqlite-file.js';
import { SqliteThreads } from './threads.js';

const shop = `
CREATE TABLE Customers (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, country TEXT COLLATE NOCASE);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers, total DECIMAL(10, 2), ordered_on DATETIME, "index" INT
);
`;

const rowsSql = `
INSERT INTO Customers (name, country) VALUES ('Ada', 'France'), ('Bo', 'Norway'), ('O''Neil 100%', 'France');
INSERT INTO orders VALUES
  (1, 1, 100.5, '2023-12-31 08:00:00', 1), (2, 1, 50, '2024-01-01 23:59:59', 2), (3, 2, 300, '2024-02-29', 9007199254740993);
CREATE VIEW french AS SELECT name FROM Customers WHERE country = 'France';
`;

const largeSql = `
CREATE TABLE files (id INTEGER PRIMARY KEY, content TEXT);
WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up LIMIT 100)
INSERT INTO files SELECT n, hex(zeroblob(25000)) FROM up;
`;

let bundle: SkillBundle;
let directory: string;
let skill: ReturnType<typeof nlSqlSkill>;

beforeAll(async () => {
  bundle = await bundleSkill(new URL('../../main.ts', import.meta.url));
  directory = await mkdtemp(join(tmpdir(), 'nl-sql-'));
  const { Database } = await initSqlJs();
  const database = new Database();
  database.run(shop + rowsSql);
  const bytes = Buffer.from(database.export());
  const large = new Database();
  large.run(largeSql);
  await writeFile(join(directory, 'large.db'), large.export());
  await writeFile(join(directory, 'shop.db'), bytes);
  await writeFile(join(directory, 'walled.db'), bytes.fill(2, 18, 20));
  await writeFile(join(directory, 'busy.db'), bytes);
  await writeFile(join(directory, 'busy.db-wal'), 'changes');
  await writeFile(
    join(directory, 'text.db'),
    'no database, but long enough to be asked for its header'.repeat(10),
  );
  const env = Object.fromEntries(
    ['shop', 'large', 'walled', 'busy', 'text', 'absent'].map((name) => [
      `DATABASE_URL_${name.toUpperCase()}`,
      `sqlite:${join(directory, `${name}.db`)}`,
    ]),
  );
  skill = nlSqlSkill(env, bundle.url);
});

afterAll(async () => {
  await bundle.remove();
  await rm(directory, { recursive: true, force: true });
});

const ask = (question: string, database = 'shop') =>
  callSkill(skill, { question, database, today: '2024-03-31' });

describe('questions about a SQLite file', () => {
  it.each<[string, unknown[][]]>([
    ['how many customers where country is France', [[2]]],
    [
      'top 2 customers by total',
      [
        ['Bo', 300],
        ['Ada', 150.5],
      ],
    ],
    [
      'total of orders per month',
      [
        ['2023-12-01', 100.5],
        ['2024-01-01', 50],
        ['2024-02-01', 300],
      ],
    ],
    ['how many orders in 2024', [[2]]],
    ['how many orders where ordered on is 2024-01-01', [[1]]],
    [
      'how many orders per day',
      [
        ['2023-12-31', 1],
        ['2024-01-01', 1],
        ['2024-02-29', 1],
      ],
    ],
    ['name of customers where name contains "100%"', [["O'Neil 100%"]]],
    [`name of customers where name starts with "o'n"`, [["O'Neil 100%"]]],
    ['index of orders sorted by index descending', [['9007199254740993'], [2], [1]]],
    ['how many french', [[2]]],
  ])('%s', async (question, rows) => {
    const { output, error } = await ask(question);
    expect(error).toBeUndefined();
    expect(output).toMatchObject({ dialect: 'sqlite', rows });
  });

  it('names the columns, and leaves the file as it was', async () => {
    const before = await readFile(join(directory, 'shop.db'));
    expect((await ask('name and country of customers where name is Bo')).output).toMatchObject({
      columns: ['name', 'country'],
      rows: [['Bo', 'Norway']],
    });
    expect((await readFile(join(directory, 'shop.db'))).equals(before)).toBe(true);
  });

  it('sees a file that is replaced at once', async () => {
    const { Database } = await initSqlJs();
    const file = join(directory, 'replaced.db');
    const replaced = nlSqlSkill({ DATABASE_URL_REPLACED: `sqlite:${file}` }, bundle.url);
    for (const table of ['apples', 'pears']) {
      const database = new Database();
      database.run(`CREATE TABLE ${table} (id INTEGER)`);
      await writeFile(file, database.export());
      const { output } = await callSkill(replaced, { question: `how many ${table}`, database: 'replaced' });
      expect(output?.rows).toEqual([[0]]);
    }
  });

  it('reads a file that was left in WAL mode', async () => {
    expect((await ask('how many customers', 'walled')).output?.rows).toEqual([[3]]);
  });

  it.each([['busy'], ['text'], ['absent']])(
    'says that %s cannot be used, and not where it lies',
    async (name) => {
      const { status, error } = await ask('how many customers', name);
      expect([status, error?.code]).toEqual([502, 'database_unusable']);
      expect(JSON.stringify(error)).not.toContain(directory);
    },
  );

  it('refuses more rows than it should carry', async () => {
    expect((await ask('list files', 'large')).error?.code).toBe('result_too_large');
  });
});

describe('a query on a SQLite file', () => {
  const none = new AbortController().signal;
  const slow = 'SELECT COUNT(*) FROM files AS a, files AS b, files AS c, files AS d, files AS e';

  it('is ended when it takes too long or the caller goes away, and the next one is answered', async () => {
    const file = new SqliteFile('large', join(directory, 'large.db'), new SqliteThreads(bundle.url, 200));
    await expect(file.run(slow, none)).rejects.toMatchObject({ code: 'query_too_slow' });
    await expect(file.run(slow, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    const patient = new SqliteFile('large', join(directory, 'large.db'), new SqliteThreads(bundle.url));
    expect((await patient.run('SELECT COUNT(*) FROM files', none)).rows).toEqual([[100]]);
  });

  it('costs a part of what the first one does, for which SQLite is compiled', async () => {
    const file = new SqliteFile('shop', join(directory, 'shop.db'), new SqliteThreads(bundle.url));
    const cost = async (times: number) => {
      const before = process.cpuUsage();
      for (let n = 0; n < times; n++) await file.run('SELECT COUNT(*) FROM orders', none);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / times;
    };
    const first = await cost(1);
    expect(await cost(20)).toBeLessThan(first / 4);
  });

  it('cannot write, even if it was not checked', async () => {
    const file = new SqliteFile('shop', join(directory, 'shop.db'), new SqliteThreads(bundle.url));
    await expect(file.run('DELETE FROM orders', none)).rejects.toMatchObject({ code: 'query_refused' });
  });
});

describe("SQLite's DDL", () => {
  const write = (schema: string) => callSkill(skill, { question: 'how many t', schema, dialect: 'sqlite' });

  it('is read by SQLite, comments and other statements passed over', async () => {
    const schema = `-- a comment
      PRAGMA foreign_keys = ON;
      CREATE TABLE IF NOT EXISTS [t] (a INTEGER PRIMARY KEY, b ANY DEFAULT ('x' || 1)) STRICT, WITHOUT ROWID;
      CREATE INDEX by_b ON t (b);`;
    expect((await write(schema)).output).toMatchObject({ sql: 'SELECT COUNT(*) AS count\nFROM t\nLIMIT 1' });
  });

  it.each([
    ['no SQL', 'these are my tables', 'unreadable_schema'],
    ['no table', 'SELECT 1', 'no_tables'],
    [
      'rows without end',
      'CREATE TABLE t AS WITH RECURSIVE x (n) AS (SELECT hex(zeroblob(1000)) UNION ALL SELECT n FROM x) SELECT n FROM x',
      'unreadable_schema',
    ],
    ['a missing file', "ATTACH '/etc/passwd' AS p; CREATE TABLE p.t (a int)", 'unreadable_schema'],
    ['brackets without end', `CREATE TABLE t (a int CHECK (${'('.repeat(40_000)}`, 'unreadable_schema'],
  ])('is refused: %s', async (_name, schema, code) => {
    const { status, error } = await write(schema);
    expect([status, error?.code]).toEqual([422, code]);
    expect((await write('CREATE TABLE t (a)')).status).toBe(200);
  });
});
