import { SkillError } from '@odoobo/skill-kit';
import { callSkill } from '@odoobo/skill-kit/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDdl } from '../../catalogue/ddl.js';
import { checkSelect } from '../../check/check.js';
import { nlSqlSkill } from '../../skill.js';
import { startModelEndpoint } from '../../test-support/model-endpoint.js';
import { installedServers, type MysqlServer, startMysql } from '../../test-support/mysql.js';
import { MysqlSource } from './mysql.js';

const shop = `
CREATE TABLE customers (id int unsigned AUTO_INCREMENT PRIMARY KEY, name varchar(80) NOT NULL, country varchar(40), \`rank\` int, password varchar(20));
CREATE TABLE orders (
  id bigint PRIMARY KEY, customer_id int unsigned, total decimal(10, 2), paid boolean, ordered_at datetime(6), data blob,
  FOREIGN KEY (customer_id) REFERENCES customers (id)
);
CREATE TABLE files (id int PRIMARY KEY, content longtext);
CREATE TABLE secrets (secret varchar(40));
CREATE VIEW french AS SELECT name FROM customers WHERE country = 'France';
INSERT INTO customers (name, country, \`rank\`, password) VALUES ('Ada', 'France', 1, 'TOPSECRET'), ('Bo', 'Norway', NULL, 'TOPSECRET'), ('O''Neil 100%', 'France', 3, 'TOPSECRET');
INSERT INTO orders VALUES
  (1, 1, 100.10, true, '2023-12-31 23:30:00', x'00ff'), (2, 1, 50, false, '2024-01-01 00:00:00', NULL),
  (9007199254740993, 2, 300, NULL, '2024-02-29 12:00:00.123456', NULL);
INSERT INTO files WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 100) SELECT n, REPEAT('x', 100000) FROM up;
INSERT INTO secrets VALUES ('TOPSECRET');
CREATE FUNCTION write_it() RETURNS int BEGIN INSERT INTO secrets VALUES ('written'); RETURN 1; END;
CREATE USER reader@'%'; GRANT SELECT (id, name, country, \`rank\`) ON shop.customers TO reader@'%';
GRANT SELECT ON shop.orders TO reader@'%'; GRANT SELECT ON shop.french TO reader@'%'; GRANT SELECT ON shop.files TO reader@'%';
GRANT INSERT ON shop.secrets TO reader@'%'; CREATE USER nothing@'%'; GRANT INSERT ON shop.secrets TO nothing@'%';
`;

const installed = await installedServers();
const none = new AbortController().signal;
let server: MysqlServer;
let skill: ReturnType<typeof nlSqlSkill>;

describe.skipIf(installed.length === 0)('a server (needs mysqld or mariadbd)', () => {
  describe.each(installed)('$name', (kind) => {
    beforeAll(async () => {
      server = await startMysql(kind, shop);
      const env = {
        DATABASE_URL_SHOP: server.urlFor('reader'),
        DATABASE_URL_EMPTY: server.urlFor('nothing'),
        DATABASE_URL_DOWN: 'mysql://reader:hunter2@127.0.0.1:1/shop',
        DATABASE_URL_ODD: 'mysql://reader:hunter2@127.0.0.1',
      };
      skill = nlSqlSkill(env, new URL(import.meta.url));
    }, 120_000);

    afterAll(() => server.stop());

    const ask = (question: string, database = 'shop') =>
      callSkill(skill, { question, database, today: '2024-03-31', engine: 'templates' });

    it.each<[string, unknown[][]]>([
      [
        'top 2 customers by total',
        [
          ['Bo', '300.00'],
          ['Ada', '150.10'],
        ],
      ],
      [
        'bottom 2 customers by total',
        [
          ['Ada', '150.10'],
          ['Bo', '300.00'],
        ],
      ],
      [
        'how many orders per year',
        [
          ['2023-01-01', 1],
          ['2024-01-01', 2],
        ],
      ],
      [
        'total of orders per month',
        [
          ['2023-12-01', '100.10'],
          ['2024-01-01', '50.00'],
          ['2024-02-01', '300.00'],
        ],
      ],
      [
        'how many orders per day',
        [
          ['2023-12-31', 1],
          ['2024-01-01', 1],
          ['2024-02-29', 1],
        ],
      ],
      [
        'id and paid and ordered at of orders where total over 99',
        [
          [1, 1, '2023-12-31 23:30:00.000000'],
          ['9007199254740993', null, '2024-02-29 12:00:00.123456'],
        ],
      ],
      [
        'top 3 customers by total in 2024',
        [
          ['Bo', '300.00'],
          ['Ada', '50.00'],
        ],
      ],
      ['name of customers sorted by rank', [['Ada'], ["O'Neil 100%"], ['Bo']]],
      ['name of customers where name contains "100%"', [["O'Neil 100%"]]],
      ['name of customers where name starts with "o\'n"', [["O'Neil 100%"]]],
      ['how many french', [[2]]],
    ])('is read and asked: %s', async (question, rows) => {
      const { output, error } = await ask(question);
      expect(error).toBeUndefined();
      expect(output).toMatchObject({ dialect: 'mysql', rows });
    });

    it('shows the tables and columns that its user may read, and no others', async () => {
      const tables = await new MysqlSource('shop', server.urlFor('reader')).readTables(none);
      expect([...tables.keys()]).toEqual(['customers', 'files', 'french', 'orders']);
      expect(tables.get('customers')?.columns.map(({ name }) => name)).toEqual([
        'id',
        'name',
        'country',
        'rank',
      ]);
      expect(tables.get('orders')).toMatchObject({
        primaryKey: 'id',
        foreignKeys: [{ column: 'customer_id', table: 'customers', references: 'id' }],
      });
      expect(tables.get('orders')?.columns[2]).toMatchObject({ type: 'decimal(10,2)', kind: 'number' });
    });

    it('sends the model its refusal, and runs the corrected query', async () => {
      const endpoint = await startModelEndpoint();
      const write = (sql: string) => JSON.stringify({ sql, explanation: 'Names.' });
      endpoint.script(
        write('SELECT nme FROM customers LIMIT 5'),
        write('SELECT password FROM customers LIMIT 5'),
        write('SELECT `name` FROM `french` LIMIT 1'),
      );
      const env = {
        DATABASE_URL_SHOP: server.urlFor('reader'),
        MODEL_NAME: 'm',
        MODEL_BASE_URL: endpoint.url,
      };
      const { output } = await callSkill(nlSqlSkill(env, new URL(import.meta.url)), {
        question: 'who is French?',
        database: 'shop',
      });
      await endpoint.close();
      expect(output).toMatchObject({
        engine: 'model',
        columns: ['name'],
        rows: [['Ada']],
        tables: ['french'],
      });
      expect(endpoint.requests[0]?.body.messages[0]?.content).toMatch(/one MySQL query[\s\S]*backticks/);
      expect(JSON.stringify(endpoint.requests[0])).not.toMatch(/password|secret/);
    });

    it.each([
      'DELETE FROM orders',
      'DROP TABLE orders',
      'CREATE TABLE x (id int)',
      'SELECT write_it()',
      "INSERT INTO secrets VALUES ('x')",
      'SELECT 1; DELETE FROM orders',
      'COMMIT; DELETE FROM orders',
    ])('cannot be written to, even by an unchecked query: %s', async (sql) => {
      const source = new MysqlSource('shop', server.urlFor('root'));
      await expect(source.run(sql, none)).rejects.toMatchObject({ status: 422, code: 'query_refused' });
      expect(
        (await source.run('SELECT (SELECT COUNT(*) FROM orders), (SELECT COUNT(*) FROM secrets)', none)).rows,
      ).toEqual([[3, 1]]);
    });

    it('gives values without a loss', async () => {
      const source = new MysqlSource('shop', server.urlFor('root'));
      const { rows } = await source.run(
        "SELECT data, paid, 1.10, 1.5e0, 18446744073709551615, DATE '2024-02-29', 'a\\' FROM orders WHERE id = 1",
        none,
      );
      expect(rows).toEqual([['\\x00ff', 1, '1.10', 1.5, '18446744073709551615', '2024-02-29', 'a\\']]);
    });

    it('ends a query that takes too long or that no one waits for, and is asked again afterwards', async () => {
      const source = new MysqlSource('shop', server.urlFor('root'), { queryTimeoutMs: 300 });
      await expect(source.run('SELECT SLEEP(60) FROM orders', none)).rejects.toMatchObject({
        code: 'query_too_slow',
      });
      const caller = new AbortController();
      const asked = new MysqlSource('shop', server.urlFor('root')).run('SELECT SLEEP(60)', caller.signal);
      caller.abort(new Error('the caller went away'));
      await expect(asked).rejects.toThrow('the caller went away');
      expect((await source.run('SELECT 1', none)).rows).toEqual([[1]]);
    });

    it('sends no more than an answer should carry', async () => {
      expect((await ask('list files')).error?.code).toBe('result_too_large');
      expect((await ask('how many files')).output?.rows).toEqual([[100]]);
    });

    it.each([
      ['empty', 422, 'no_tables', 'Grant the user SELECT'],
      ['down', 502, 'database_unreachable', 'check DATABASE_URL_DOWN'],
      ['odd', 500, 'misconfigured', 'DATABASE_URL_ODD'],
    ])('is refused with a reason, and without its address: %s', async (name, status, code, reason) => {
      const { status: answered, error } = await ask('how many orders', name);
      expect([answered, error?.code]).toEqual([status, code]);
      expect(error?.message).toContain(reason);
      expect(JSON.stringify(error)).not.toMatch(/hunter2|127\.0\.0\.1/);
    });

    describe('hostile queries, as root', () => {
      const known = parseDdl(
        'CREATE TABLE orders (id bigint, total decimal, ordered_at datetime); CREATE TABLE customers (id int, name text)',
        'mysql',
      );

      it.each([
        "SELECT id INTO OUTFILE '/tmp/nl-sql-owned' FROM orders LIMIT 1",
        "SELECT id FROM orders LIMIT 1 INTO OUTFILE '/tmp/nl-sql-owned'",
        "SELECT id FROM orders INTO DUMPFILE '/tmp/nl-sql-owned' LIMIT 1",
        'SELECT id INTO @x FROM orders LIMIT 1',
        "SELECT LOAD_FILE('/etc/passwd') FROM orders LIMIT 1",
        'SELECT SLEEP(60) FROM orders LIMIT 1',
        'SELECT `SLEEP`(60) FROM orders LIMIT 1',
        "SELECT BENCHMARK(1000000000, MD5('x')) FROM orders LIMIT 1",
        "SELECT GET_LOCK('x', 60) FROM orders LIMIT 1",
        'SELECT write_it() FROM orders LIMIT 1',
        'SELECT shop.write_it() FROM orders LIMIT 1',
        'SELECT @@version FROM orders LIMIT 1',
        'SELECT VERSION() FROM orders LIMIT 1',
        'SELECT USER() FROM orders LIMIT 1',
        'SELECT CURRENT_USER FROM orders LIMIT 1',
        'SELECT DATABASE() FROM orders LIMIT 1',
        'SELECT secret FROM secrets LIMIT 1',
        'SELECT password FROM customers LIMIT 1',
        'SELECT authentication_string FROM mysql.user LIMIT 1',
        'SELECT table_name FROM information_schema.tables LIMIT 1',
        'SELECT id FROM orders UNION SELECT secret FROM secrets LIMIT 1',
        'SELECT id FROM orders /*! UNION SELECT secret FROM secrets */ LIMIT 1',
        'SELECT id /*!50000 , write_it() */ FROM orders LIMIT 1',
        'SELECT id FROM orders LIMIT 1 -- x',
        'SELECT id FROM orders # x\n LIMIT 1',
        'SELECT id FROM orders; DROP TABLE orders LIMIT 1',
        "SELECT 'a\\', write_it(), 'b' FROM orders LIMIT 1",
        `SELECT "a", write_it(), "b" FROM orders LIMIT 1`,
        "SELECT '' || write_it() FROM orders LIMIT 1",
        'SELECT id FROM orders FOR UPDATE LIMIT 1',
        'SELECT id FROM orders LOCK IN SHARE MODE LIMIT 1',
        'SELECT id FROM orders LIMIT 1 FOR UPDATE',
        'SELECT id FROM orders LIMIT 0, 1000000',
        'SELECT id FROM orders PROCEDURE ANALYSE(1, 1) LIMIT 1',
        'SELECT id FROM orders WHERE id = INTERVAL write_it() DAY LIMIT 1',
        'SELECT TIMESTAMPDIFF(DAY, write_it(), NOW()) FROM orders LIMIT 1',
        'SELECT GROUP_CONCAT(id SEPARATOR write_it()) FROM orders LIMIT 1',
        "SELECT EXTRACTVALUE(1, CONCAT('~', (SELECT secret FROM secrets))) FROM orders LIMIT 1",
        "SELECT UPDATEXML(1, 'x', 2) FROM orders LIMIT 1",
        "SELECT LPAD('x', 1000000000, 'x') FROM orders LIMIT 1",
        "SELECT REPEAT('x', 1000000000) FROM orders LIMIT 1",
        'HANDLER orders OPEN',
        "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE secrets",
        'CALL p()',
        'SELECT NEXT VALUE FOR s FROM orders LIMIT 1',
        'SELECT SETVAL(s, 100) FROM orders LIMIT 1',
        "SELECT _utf8'x', write_it() FROM orders LIMIT 1",
        'SELECT 0x414243 FROM orders LIMIT 1',
        'SELECT id FROM `orders` `x`, `secrets` `y` LIMIT 1',
        'SELECT `y`.* FROM `orders` `x` LIMIT 1',
      ])('are refused or do no harm: %s', async (sql) => {
        const { problems } = checkSelect(sql, known, 'mysql', 100);
        if (problems.length > 0) return;
        const result = await new MysqlSource('shop', server.urlFor('root'))
          .run(sql, none)
          .catch((error: unknown) => error);
        if (result instanceof Error) expect(result).toBeInstanceOf(SkillError);
        expect(JSON.stringify(result)).not.toMatch(/TOPSECRET|root/);
        expect(sql).not.toMatch(/write_it|secret|OUTFILE|DUMPFILE|LOAD_FILE|SLEEP/);
      });

      it.each([
        'SELECT * FROM orders LIMIT 5',
        "SELECT DATE_FORMAT(o.ordered_at, '%Y-%m') AS month, SUM(o.total) FROM orders o GROUP BY month WITH ROLLUP LIMIT 5",
        'SELECT id FROM orders WHERE ordered_at >= NOW() - INTERVAL 30 DAY LIMIT 5',
        "SELECT id FROM orders WHERE ordered_at >= DATE_SUB(CURDATE(), INTERVAL '1' MONTH) LIMIT 5",
        "SELECT GROUP_CONCAT(DISTINCT id ORDER BY id SEPARATOR ', '), IF(COUNT(*) > 1, 'many', 'one') FROM orders LIMIT 5",
        'SELECT TIMESTAMPDIFF(DAY, MIN(ordered_at), MAX(ordered_at)), 7 DIV 2, CAST(MAX(id) AS UNSIGNED) FROM orders LIMIT 5',
        "SELECT `c`.`name` FROM `customers` AS `c` WHERE `c`.`name` REGEXP '^A' AND `c`.`id` <=> 1 LIMIT 5",
        'SELECT SUM(total) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM orders LIMIT 5',
        'SELECT id FROM orders UNION SELECT id FROM customers ORDER BY id LIMIT 5',
        'SELECT JSON_ARRAYAGG(name) FROM customers LIMIT 5',
      ])('are not: %s', async (sql) => {
        expect(checkSelect(sql, known, 'mysql', 100).problems).toEqual([]);
        await expect(new MysqlSource('shop', server.urlFor('root')).run(sql, none)).resolves.toHaveProperty(
          'rows',
        );
      });
    });
  });
});

describe("MySQL's dialect without a server", () => {
  const schema = 'CREATE TABLE `groups` (id int PRIMARY KEY, `order` varchar(9), seen datetime)';
  const write = (question: string) =>
    callSkill(nlSqlSkill({}, new URL(import.meta.url)), {
      question,
      schema,
      dialect: 'mysql',
      engine: 'templates',
    });

  it('quotes names with backticks, and sorts without NULLS LAST', async () => {
    const { output } = await write('list groups where order is "x" sorted by seen');
    expect(output?.sql).toBe(
      "SELECT `groups`.`id`, `groups`.`order`, `groups`.`seen`\nFROM `groups`\nWHERE `groups`.`order` = 'x'\nORDER BY `groups`.`seen` IS NULL, `groups`.`seen`, `groups`.`id`\nLIMIT 100",
    );
  });

  it('refuses a value that MySQL reads in two ways', async () => {
    const { status, error } = await write('list groups where order is "a\\b"');
    expect([status, error?.code]).toEqual([422, 'question_not_understood']);
  });
});
