import { bundleSkill, callSkill, type SkillBundle } from '@odoobo/skill-kit/testing';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import initSqlJs from 'sql.js';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cell } from '../databases/source.js';
import { nlSqlSkill } from '../skill.js';
import { toChart } from './chart.js';
import { toCsv, toMarkdownTable } from './include.js';

const ledger = `
CREATE TABLE sellers (id INTEGER PRIMARY KEY, name TEXT, town TEXT);
CREATE TABLE sales (id INTEGER PRIMARY KEY, seller_id INTEGER REFERENCES sellers (id), amount REAL, sold_on DATE, note TEXT);
INSERT INTO sellers VALUES (1, 'Ida', 'Oslo'), (2, 'Per | Co', 'Bergen'), (3, '=HYPERLINK("x")', 'Oslo');
INSERT INTO sales VALUES
  (1, 1, 10.5, '2024-01-05', 'first'), (2, 2, 20, '2024-02-05', NULL), (3, 1, 30, '2024-02-06', '![pixel](https://host/x)'),
  (4, 3, -4, '2024-03-01', '');
`;

let bundle: SkillBundle;
let directory: string;
let skill: ReturnType<typeof nlSqlSkill>;
let isVegaLite: (chart: unknown) => boolean;

beforeAll(async () => {
  bundle = await bundleSkill(new URL('../main.ts', import.meta.url));
  directory = await mkdtemp(join(tmpdir(), 'nl-sql-results-'));
  const { Database } = await initSqlJs();
  const database = new Database();
  database.run(ledger);
  await writeFile(join(directory, 'ledger.db'), database.export());
  skill = nlSqlSkill({ DATABASE_URL_LEDGER: `sqlite:${join(directory, 'ledger.db')}` }, bundle.url);
  const schema = fileURLToPath(import.meta.resolve('vega-lite/build/vega-lite-schema.json'));
  const ajv = new Ajv({ strict: false, validateFormats: false });
  isVegaLite = ajv.compile(JSON.parse(await readFile(schema, 'utf8')) as object);
}, 60_000);

afterAll(async () => {
  await bundle.remove();
  await rm(directory, { recursive: true, force: true });
});

async function ask(question: string, include: string[] = ['table', 'csv', 'chart']) {
  const { status, output, error } = await callSkill(skill, { question, database: 'ledger', include });
  if (!output) throw new Error(`${status}: ${error?.message}`);
  return output;
}

/** What a browser would draw, as text. */
async function drawn(chart: object): Promise<string> {
  const { spec } = compile(chart as TopLevelSpec);
  return new View(parse(spec), { renderer: 'none' }).toSVG();
}

describe('an answer with its rows in other forms', () => {
  it('has a table, CSV and a chart', async () => {
    const { table, csv, chart } = await ask('total amount per seller');
    expect(table?.split('\n').slice(0, 3)).toEqual([
      String.raw`| sellers         | sum_amount |`,
      '| --------------- | ---------: |',
      String.raw`| =HYPERLINK("x") |         -4 |`,
    ]);
    expect(table).toContain(String.raw`Per \| Co`);
    expect(csv).toBe('sellers,sum_amount\r\n"\'=HYPERLINK(""x"")",-4\r\nIda,40.5\r\nPer | Co,20\r\n');
    expect(chart).toMatchObject({ title: 'total amount per seller', mark: 'bar' });
    expect(isVegaLite(chart)).toBe(true);
    expect(await drawn(chart ?? {})).toContain('Per | Co');
  });

  it('draws time as a line', async () => {
    const { chart } = await ask('total amount of sales per month');
    expect(chart).toMatchObject({
      mark: { type: 'line' },
      encoding: { x: { type: 'temporal', title: 'month' }, y: { type: 'quantitative' } },
    });
    expect(isVegaLite(chart)).toBe(true);
  });

  it('has only what was asked for, and no chart for rows that show none', async () => {
    expect(Object.keys(await ask('list sellers', ['csv']))).not.toContain('table');
    expect(Object.keys(await ask('how many sellers'))).toEqual(expect.arrayContaining(['table', 'csv']));
    expect((await ask('name of sellers')).chart).toBeUndefined();
  });

  it('shows what a record holds, and does not let it act', async () => {
    const { table, csv } = await ask('note of sales');
    expect(table).toContain(String.raw`!\[pixel\](https\://host/x)`);
    expect(csv).toBe('note\r\nfirst\r\n\r\n![pixel](https://host/x)\r\n""\r\n');
  });

  it('needs a database', async () => {
    const { status, error } = await callSkill(skill, {
      question: 'list t',
      schema: 'CREATE TABLE t (id int)',
      include: ['csv'],
    });
    expect(status).toBe(400);
    expect(error?.details?.[0]).toMatchObject({ path: 'input/include' });
  });
});

const cell: fc.Arbitrary<Cell> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ maxLength: 8 }),
  fc.constantFrom('=1+1', '2024-01-31', '12.50', 'a,b', '"', '\r\n', '|', '<img src=x>'),
);
const anyRows = fc.integer({ min: 1, max: 4 }).chain((width) =>
  fc.record({
    columns: fc.array(fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('id', 'a.b', 'x[0]')), {
      minLength: width,
      maxLength: width,
    }),
    rows: fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 6 }),
  }),
);

describe('whatever the rows hold', () => {
  it('a chart is Vega-Lite', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const chart = toChart('a question', rows);
        return chart === undefined || isVegaLite(JSON.parse(JSON.stringify(chart)));
      }),
    );
  });

  it('a table has one line a row, and as many cells as columns', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const lines = toMarkdownTable(rows).trimEnd().split('\n');
        expect(lines).toHaveLength(rows.rows.length + 2);
        for (const line of lines) {
          expect(line.match(/(?<!\\)(?:\\\\)*\|/g)).toHaveLength(rows.columns.length + 1);
        }
      }),
    );
  });

  it('a field of CSV that a spreadsheet reads is never a formula', () => {
    fc.assert(
      fc.property(anyRows, ({ columns, rows }) => {
        for (const row of rows) {
          for (const value of row) {
            const [, line = ''] = toCsv({ columns: ['x'], rows: [[value]] }).split(/(?<=^x\r\n)/);
            expect(line).not.toMatch(/^"?[=+@]/);
          }
        }
        expect(columns.length).toBeGreaterThan(0);
      }),
    );
  });
});
