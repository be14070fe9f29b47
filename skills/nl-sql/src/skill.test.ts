import type { PGlite } from '@electric-sql/pglite';
import { bundleSkill, callSkill, contractProblems, type SkillBundle } from '@odoobo/skill-kit/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../skill.json' with { type: 'json' };
import { nlSqlSkill } from './skill.js';
import { emptyPglite } from './test-support/pglite.js';

const shop = `
CREATE TABLE public.customers (
  id serial PRIMARY KEY, name varchar(80) NOT NULL, country text, active boolean DEFAULT true, created_at timestamptz
);
CREATE TABLE products (id serial PRIMARY KEY, name text, price numeric(10, 2), category text);
CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id int REFERENCES customers (id),
  total numeric(10, 2), order_date date, status text CHECK (status IN ('paid', 'on hold'))
);
CREATE TABLE order_lines (
  id serial PRIMARY KEY, order_id int, product_id int, quantity int,
  CONSTRAINT line_order FOREIGN KEY (order_id) REFERENCES orders (id),
  CONSTRAINT line_product FOREIGN KEY (product_id) REFERENCES products (id)
);
CREATE INDEX by_date ON orders (order_date);
`;

const rowsSql = `
INSERT INTO customers (name, country, active, created_at) VALUES
  ('Ada', 'France', true, '2024-01-05 23:30+00'), ('Bo', 'New Zealand', false, '2024-03-01 08:00+00'), ('O''Neil 100%', 'France', true, NULL);
INSERT INTO products (name, price, category) VALUES ('Pen', 2, 'office'), ('Desk', 200, 'furniture'), ('Lamp', 40, 'furniture');
INSERT INTO orders (customer_id, total, order_date, status) VALUES
  (1, 100, '2023-12-31', 'paid'), (1, 50, '2024-01-01', 'on hold'), (2, 300, '2024-02-29', 'paid'), (NULL, 7, '2024-03-31', 'paid');
INSERT INTO order_lines (order_id, product_id, quantity) VALUES (1, 1, 10), (2, 2, 1), (3, 2, 2), (4, 3, 5);
`;

let database: PGlite;
let bundle: SkillBundle;
let skill: ReturnType<typeof nlSqlSkill>;

beforeAll(async () => {
  bundle = await bundleSkill(new URL('main.ts', import.meta.url));
  skill = nlSqlSkill({}, bundle.url);
  database = await emptyPglite();
  await database.exec(shop);
  await database.exec(rowsSql);
});

afterAll(() => bundle.remove());

async function ask(question: string, options: object = {}) {
  const { status, output, error } = await callSkill(skill, {
    question,
    schema: shop,
    today: '2024-03-31',
    ...options,
  });
  if (!output) throw new Error(`${status}: ${error?.message}`);
  return output;
}

/** Asks, and runs the answer on a real PostgreSQL. */
async function rowsOf(question: string, options: object = {}) {
  const { sql } = await ask(question, options);
  return (await database.query<unknown[]>(sql, [], { rowMode: 'array' })).rows;
}

describe('nl-sql', () => {
  it('keeps its contract', async () => {
    expect(await contractProblems(manifest, skill)).toEqual([]);
  });

  it('answers its examples as documented', async () => {
    for (const { input, output } of skill.examples)
      expect((await callSkill(skill, input)).output).toEqual(output);
  });

  it('says that it works by templates, and what the query does', async () => {
    const { engine, explanation, tables } = await ask('total of orders by country in 2024');
    expect(engine).toBe('templates');
    expect(explanation).toBe(
      'The sum of orders.total, joined by orders.customer_id, for each customers.country, where orders.order_date >= 2024-01-01 and orders.order_date < 2025-01-01; at most 100 rows. Made by fixed templates, without a language model.',
    );
    expect(tables).toEqual(['orders', 'customers']);
  });
});

describe('questions', () => {
  it.each<[string, unknown[][]]>([
    ['How many orders are there?', [[4]]],
    ['how many customers where country is France', [[2]]],
    ['how many orders with status "on hold"', [[1]]],
    ['how many orders with status on hold', [[1]]],
    ['how many orders where total at least 100', [[2]]],
    ['how many customers where active is false', [[1]]],
    [
      'how many orders per customer',
      [
        ['Ada', 2],
        ['Bo', 1],
      ],
    ],
    [
      'how many orders per status',
      [
        ['on hold', 1],
        ['paid', 3],
      ],
    ],
    [
      'count orders by customer country',
      [
        ['France', 2],
        ['New Zealand', 1],
        [null, 1],
      ],
    ],
    [
      'Who are the top 2 customers by total?',
      [
        ['Bo', 300],
        ['Ada', 150],
      ],
    ],
    ['top 1 customers by number of orders', [['Ada', 2]]],
    ['bottom 1 customers by average total', [['Ada', 75]]],
    [
      'top 2 products by quantity',
      [
        ['Pen', 10],
        ['Lamp', 5],
      ],
    ],
    ['total of orders', [[457]]],
    ['sum of total where country = "New Zealand"', [[300]]],
    [
      'What is the average price of products by category?',
      [
        ['furniture', 120],
        ['office', 2],
      ],
    ],
    ['highest total of orders', [[300]]],
    ['earliest order date of orders', [['2023-12-31']]],
    [
      'total quantity by category',
      [
        ['furniture', 8],
        ['office', 10],
      ],
    ],
    [
      'total quantity by product in 2024',
      [
        ['Desk', 3],
        ['Lamp', 5],
      ],
    ],
    [
      'name and price of products where price over 10 sorted by price descending',
      [
        ['Desk', 200],
        ['Lamp', 40],
      ],
    ],
    ['name of customers where name contains "100%"', [["O'Neil 100%"]]],
    [`name of customers where name starts with "o'n"`, [["O'Neil 100%"]]],
    ['name of customers where created at is 2024-01-05', [['Ada']]],
    ['name of customers where created at after 2024-01-05', [['Bo']]],
    [
      'top 2 products by price',
      [
        [2, 'Desk', 200, 'furniture'],
        [3, 'Lamp', 40, 'furniture'],
      ],
    ],
    [
      'count order_lines per product',
      [
        ['Desk', 2],
        ['Lamp', 1],
        ['Pen', 1],
      ],
    ],
    ['show 1 products', [[1, 'Pen', 2, 'office']]],
    ['status and customer name of orders where total under 10', [['paid', null]]],
  ])('%s', async (question, rows) => {
    expect(await rowsOf(question)).toEqual(rows);
  });

  it.each<[string, number]>([
    ['in 2024', 3],
    ['in february 2024', 1],
    ['this month', 1],
    ['last month', 1],
    ['this year', 3],
    ['last year', 1],
    ['today', 1],
    ['yesterday', 0],
    ['in the last 31 days', 2],
    ['last 3 months', 4],
    ['since 2024-02-29', 2],
    ['after 2024-02-29', 1],
    ['before 2024-01-01', 1],
    ['until 2024-01-01', 2],
    ['on 2024-02-29', 1],
    ['between 2024-01-01 and 2024-02-29', 2],
    ['from 2023-12-31 to 2024-01-01', 2],
  ])('how many orders %s', async (when, count) => {
    expect(await rowsOf(`how many orders ${when}`)).toEqual([[count]]);
  });

  it('group by stretches of time', async () => {
    const rows = await rowsOf('how many orders per year');
    expect(rows.map(([year, count]) => [new Date(String(year)).getUTCFullYear(), count])).toEqual([
      [2023, 1],
      [2024, 3],
    ]);
  });

  it('are limited by the caller and by themselves', async () => {
    expect(await rowsOf('list products', { limit: 2 })).toHaveLength(2);
    expect((await ask('top 5 customers by total', { limit: 2 })).sql).toContain('LIMIT 2');
  });
});

describe('questions that are refused', () => {
  it.each([
    ['what is the meaning of life', 'The beginning of the question is not understood'],
    ['delete all orders', 'The beginning of the question is not understood'],
    ['how many unicorns', '"unicorns" is not a table'],
    ['how many orders from happy customers', 'These words are not understood: "from happy customers"'],
    ['list orders; drop table orders', 'These words are not understood: "drop table orders"'],
    ['how many customers where country is France or Spain', 'These words are not understood: "or Spain"'],
    ['how many customers where country is all of the best', 'Put the value in quotes'],
    ['how many orders where total is large', 'total is a number'],
    ['how many orders where order date is soon', 'order_date is a date'],
    ['how many customers where active is maybe', 'active is true or false'],
    ['how many orders where total contains "1"', 'needs a text'],
    ['average name of customers', 'name is not a number'],
    ['average name', 'ambiguous: choose one of customers.name, products.name'],
    ['top 3 products by number of customers', 'A row of customers could count twice'],
    ['how many products per month', 'products has no date'],
    ['list customers per country', 'name what to count'],
    ['top 3 products by price sorted by name', 'already ranked'],
    ['show 5000 orders', 'not a number of rows from 1 to 1000'],
    ['how many orders in february 30', 'not understood'],
    ['how many orders since 2024-02-30', 'not understood'],
  ])('%s', async (question, reason) => {
    const { status, error } = await callSkill(skill, { question, schema: shop });
    expect([status, error?.code]).toEqual([422, 'question_not_understood']);
    expect(error?.details?.[0]?.message).toContain(reason);
    expect(error?.details?.map(({ message }) => message).join('\n')).toMatch(
      /Understood: "top <N>[\s\S]*orders \(id, customer_id/,
    );
  });
});

describe('schemas that are refused', () => {
  it.each([
    ['no SQL', 'these are my tables', 'unreadable_schema'],
    ['SQL of another database', 'CREATE TABLE t (id INTEGER AUTOINCREMENT)', 'unreadable_schema'],
    ['no table', 'CREATE INDEX x ON t (a)', 'no_tables'],
    ['a quote in a name', 'CREATE TABLE "a""b" (id int)', 'unsupported_name'],
    ['brackets without end', '('.repeat(20_000), 'unreadable_schema'],
    [
      'brackets without end in a table',
      `CREATE TABLE t (a int CHECK ${'('.repeat(40_000)}`,
      'unreadable_schema',
    ],
  ])('%s', async (_name, schema, code) => {
    const { status, error } = await callSkill(skill, { question: 'list t', schema });
    expect([status, error?.code]).toEqual([422, code]);
  });
});

describe('whatever is asked', () => {
  it('gets a reason, or a query that PostgreSQL runs and that changes nothing', async () => {
    const word = fc.oneof(
      fc.constantFrom(
        ...'how many|orders|customers|products|order lines|top|3|by|total|name|per|month|where|country|is|France|and|in|2024|last|30|days|list|of|average|price|status|over|sorted by|"a\'b"|;|--|customer name|number of|quantity|order date|since|2024-01-01|with|contains'.split(
          '|',
        ),
      ),
      fc.string({ maxLength: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 9 }), async (words) => {
        const question = `${words.join(' ')} ?`;
        const { status, output } = await callSkill(skill, { question, schema: shop });
        expect([200, 422]).toContain(status);
        if (!output) return;
        await database.exec('BEGIN READ ONLY');
        await database.query(output.sql).finally(() => database.exec('ROLLBACK'));
      }),
      { numRuns: 150 },
    );
  });

  it('compares with the very text that was quoted, whatever it holds', async () => {
    const schema = 'CREATE TABLE "Odd Names" (id int PRIMARY KEY, "select" text)';
    await database.exec(schema);
    const text = fc.string({ minLength: 1, maxLength: 20 }).filter((value) => !/["\0]/.test(value));
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        await database.query('DELETE FROM "Odd Names"');
        await database.query('INSERT INTO "Odd Names" VALUES (1, $1), (2, $2)', [value, `${value}'`]);
        expect(await rowsOf(`list odd names where select is "${value}"`, { schema })).toEqual([[1, value]]);
      }),
      { numRuns: 50 },
    );
  });
});
