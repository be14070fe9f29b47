import { SkillError } from '@odoobo/skill-kit';
import { callSkill } from '@odoobo/skill-kit/testing';
import fc from 'fast-check';
import initSqlJs from 'sql.js';
import { describe, expect, it } from 'vitest';
import { readTables } from '../databases/sqlite/tables.js';
import { nlSqlSkill } from '../skill.js';
import { mysqlDump, postgresDump } from '../test-support/dumps.js';
import { type Database, type Dialect, toDatabase } from './database.js';
import { parseDdl } from './ddl.js';

/** Tables as one line each, such as `t (id int) id -> u.id`. */
function linesOf(database: Database): string[] {
  return [...database.values()].map(({ name, columns, primaryKey, foreignKeys }) => {
    const listed = columns.map((column) => `${column.name} ${column.type}`.trim()).join(', ');
    const keys = foreignKeys.map(({ column, table, references }) => `${column} -> ${table}.${references}`);
    return [`${name} (${listed})`, primaryKey && `key ${primaryKey}`, ...keys].filter(Boolean).join(' ');
  });
}

const skill = nlSqlSkill({}, new URL(import.meta.url));

describe('a dump', () => {
  it("of pg_dump is read: keys that come later, partitions as one table, and none of what is a text or a function's body", () => {
    expect(linesOf(parseDdl(postgresDump))).toEqual([
      'customers (id bigint, name character varying(80), mail citext, tags text[], born timestamp(3) with time zone, label text) key id',
      'orders (id bigint, customer_id bigint, total numeric(10,2), state state, ordered_on date) customer_id -> customers.id',
      'events (id integer, customer_id bigint) customer_id -> customers.id',
    ]);
  });

  it('of pg_dump answers questions that need its foreign keys', async () => {
    const { output, error } = await callSkill(skill, {
      question: 'top 3 customers by total in 2024',
      schema: postgresDump,
      engine: 'templates',
    });
    expect(error).toBeUndefined();
    expect(output?.sql).toContain('JOIN customers ON customers.id = orders.customer_id');
  });

  it('of mysqldump is read', () => {
    expect(linesOf(parseDdl(mysqlDump, 'mysql'))).toEqual([
      "customers (id int unsigned, name varchar(80), state enum('paid','on hold'), key tinyint(1), label varchar(90), seen timestamp) key id",
      'orders (id bigint, customer_id int unsigned, total decimal(10,2), ordered_at datetime(6)) key id customer_id -> customers.id',
    ]);
  });
});

describe("PostgreSQL's DDL", () => {
  it.each([
    [
      'a key without a column',
      'CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE u (t int REFERENCES t)',
      ['t (id int) key id', 'u (t int) t -> t.id'],
    ],
    ['names that are not quoted, in any case', 'CREATE TABLE T (ID Int, "B" TEXT)', ['t (id int, B text)']],
    [
      'a key of two columns',
      'CREATE TABLE t (a int, b int, PRIMARY KEY (a, b), FOREIGN KEY (a, b) REFERENCES t (a, b))',
      ['t (a int, b int)'],
    ],
    [
      'inheritance',
      'CREATE TABLE t (a int); CREATE TABLE u (b int) INHERITS (t)',
      ['t (a int)', 'u (a int, b int)'],
    ],
    [
      'LIKE',
      'CREATE TABLE t (a int); CREATE TABLE u (LIKE t INCLUDING ALL, b int)',
      ['t (a int)', 'u (a int, b int)'],
    ],
    [
      'types of several words',
      'CREATE TABLE t (a double precision DEFAULT 1, b time without time zone NOT NULL, c interval day to second, d int ARRAY[3], e bit varying(3), f national character varying (9))',
      [
        't (a double precision, b time without time zone, c interval day to second, d int[], e bit varying(3), f national character varying(9))',
      ],
    ],
    [
      'words that are keywords elsewhere',
      'CREATE TABLE t (key text, index int, period date, exclude int, storage int)',
      ['t (key text, index int, period date, exclude int, storage int)'],
    ],
    [
      'comments in comments, and strings of every kind',
      String.raw`CREATE /* a /* b */ ; */ TABLE t (a text DEFAULT E'\'; (', b text DEFAULT $x$'; ($x$ -- it's
      , c text DEFAULT U&'\0041''')`,
      ['t (a text, b text, c text)'],
    ],
    [
      'a column that a migration adds',
      'CREATE TABLE t (a int); ALTER TABLE t ADD COLUMN IF NOT EXISTS b text, ADD c int',
      ['t (a int, b text, c int)'],
    ],
    [
      'the table in public, where another schema has one of that name',
      'CREATE TABLE a.t (x int); CREATE TABLE t (y int); CREATE TABLE b.u (y int REFERENCES a.t)',
      ['t (y int)', 'u (y int)'],
    ],
  ])('%s', (_name, ddl, lines) => {
    expect(linesOf(parseDdl(ddl))).toEqual(lines);
  });

  it.each<[string, string, string]>([
    [
      'CREATE TABLE t (\n  id INTEGER AUTOINCREMENT)',
      'unreadable_schema',
      'line 2 column 14: found "AUTOINCREMENT" where a comma or a constraint was expected',
    ],
    ['these are my tables', 'unreadable_schema', 'line 1 column 1: no statement begins with "these"'],
    ["CREATE TABLE t (a text DEFAULT 'x)", 'unreadable_schema', "column 32: this ' is not closed"],
    ['CREATE TABLE t (a int', 'unreadable_schema', 'found the end of the statement'],
    ['CREATE TABLE t (a int,)', 'unreadable_schema', 'where a name was expected'],
    ['CREATE TABLE t (a)', 'unreadable_schema', 'where a name was expected'],
    ['/* CREATE TABLE t (a int)', 'unreadable_schema', 'this comment does not end'],
    ['CREATE TABLE t AS SELECT 1 AS a', 'unreadable_schema', 'list the columns of t'],
    ['CREATE TABLE a.t (x int); CREATE TABLE b.t (x int)', 'unsupported_name', 'a.t and b.t have one name'],
  ])('is refused, with the place: %s', (ddl, code, message) => {
    expect(() => parseDdl(ddl)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });
});

it.each<[string, Dialect, string, string[]]>([
  [
    'the tables of a schema',
    'postgresql',
    'CREATE SCHEMA hr AUTHORIZATION me CREATE TABLE a (id int) CREATE TABLE b (n text);',
    ['a (id int)', 'b (n text)'],
  ],
  [
    'commas of an array',
    'postgresql',
    'CREATE TABLE t (a int[] DEFAULT ARRAY[0, 1, 2], b int);',
    ['t (a int[], b int)'],
  ],
  [
    'statements of maintenance',
    'postgresql',
    'CREATE TABLE t (a int); CLUSTER t USING i; CHECKPOINT; CREATE TEMP TABLE u ON COMMIT DROP AS SELECT 1;',
    ['t (a int)'],
  ],
  [
    'commands of the mysql client',
    'mysql',
    'CREATE TABLE t (a int); FLUSH LOGS; SOURCE rows.dump;',
    ['t (a int)'],
  ],
  [
    'the body of a routine',
    'mysql',
    'CREATE DEFINER=`me`@`%` PROCEDURE p (IN n int) BEGIN IF n THEN SELECT CASE n WHEN 1 THEN 2 END; ELSE CREATE TABLE no (a int); END IF; END; CREATE TABLE t (a int);',
    ['t (a int)'],
  ],
])('reads over %s', (_what, dialect, ddl, tables) => {
  expect(linesOf(parseDdl(ddl, dialect))).toEqual(tables);
});

it('refuses more columns than a question can be held against', () => {
  const columns = Array.from({ length: 3_000 }, (_, i) => `c${i} int`).join();
  const tables = (count: number) =>
    Array.from({ length: count }, (_, i) => `CREATE TABLE t${i} (${columns});`).join('');
  expect(parseDdl(tables(3)).size).toBe(3);
  expect(() => parseDdl(tables(4))).toThrow('more than 10000 columns');
});

describe("SQLite's DDL is read as SQLite reads it", () => {
  it.each([
    'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a, b TEXT COLLATE NOCASE, c VARCHAR(20) NOT NULL DEFAULT (1 + (2)))',
    'CREATE TABLE IF NOT EXISTS [a b] (`x y` INT, "z" DECIMAL(10,2), \'q\' BLOB) STRICT_',
    'CREATE TABLE Parent (Id INTEGER PRIMARY KEY); CREATE TABLE child (p INTEGER REFERENCES parent, q INTEGER REFERENCES PARENT(ID) ON DELETE CASCADE)',
    'CREATE TABLE t (a INT, b INT, PRIMARY KEY (a, b)) WITHOUT ROWID; CREATE TABLE u (x INT, y INT, FOREIGN KEY (x, y) REFERENCES t (a, b), FOREIGN KEY (x) REFERENCES none (id))',
    'CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a * 2) STORED, c AS (a + 1), d UNSIGNED BIG INT, e NATIVE CHARACTER(70), CHECK (a > 0))',
    "CREATE TABLE t (a TEXT DEFAULT 'it''s; (', b TEXT /* ) */ DEFAULT x'00') -- end\n; CREATE INDEX i ON t (a); CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET a = 1; DELETE FROM t; END; CREATE TABLE u (k KEY)",
    'CREATE TABLE t (a INT CONSTRAINT x PRIMARY KEY CONSTRAINT y NOT NULL, b INT UNIQUE ON CONFLICT REPLACE, c DATE DEFAULT CURRENT_DATE, d INT DEFAULT -1)',
  ])('%s', async (text) => {
    const ddl = text.replace(/ STRICT_$/, '');
    const { Database: Sqlite } = await initSqlJs();
    const sqlite = new Sqlite();
    sqlite.run(ddl);
    const byName = (database: Database) =>
      linesOf(database)
        .sort()
        .map((line) => line.replaceAll(', ', ',').toLowerCase());
    expect(byName(parseDdl(ddl, 'sqlite'))).toEqual(byName(toDatabase(readTables(sqlite))));
  });
});

describe('any schema', () => {
  const dialects: Dialect[] = ['postgresql', 'sqlite', 'mysql'];

  it('is read or refused, whatever it is made of', () => {
    const pieces =
      `CREATE|TABLE|t|(|)|,|;|int|text|PRIMARY KEY|REFERENCES|u|CONSTRAINT|FOREIGN KEY|ALTER TABLE|ADD|'|"|\`|[|]|/*|*/|--|\n|$$|\\|COPY|FROM stdin|INHERITS|LIKE|.|DELIMITER`.split(
        '|',
      );
    const piece = fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 4 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), fc.constantFrom(...dialects), (words, dialect) => {
        try {
          expect(parseDdl(words.join(' '), dialect).size).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(SkillError);
          expect((error as SkillError).status).toBe(422);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['brackets', '('.repeat(250_000)],
    ['brackets in a table', `CREATE TABLE t (a int CHECK ${'('.repeat(250_000)}${')'.repeat(249_000)}`],
    ['quotes', "'".repeat(499_999)],
    ['dollar quotes', '$a$ $b$ '.repeat(60_000)],
    ['comments', '/*'.repeat(249_999)],
    ['columns', `CREATE TABLE t (${'a int, '.repeat(70_000)}`],
    ['lists in lists', `CREATE TABLE t (${'a int CHECK (a IN (1, 2)), '.repeat(18_000)}`],
    ['statements', 'CREATE;'.repeat(70_000)],
    ['names', `CREATE TABLE ${'a.'.repeat(249_000)}`],
    ['rows', `INSERT INTO t VALUES ${'(1, 2), '.repeat(60_000)}`],
    ['changes of one table', `CREATE TABLE t (a int);${'ALTER TABLE t ADD PRIMARY KEY (a);'.repeat(14_000)}`],
  ])('of half a megabyte is read or refused within two seconds: %s', (_name, ddl) => {
    for (const dialect of dialects) {
      const start = performance.now();
      try {
        parseDdl(ddl.slice(0, 500_000), dialect);
      } catch (error) {
        expect(error).toBeInstanceOf(SkillError);
      }
      expect(performance.now() - start).toBeLessThan(2_000);
    }
  });
});
