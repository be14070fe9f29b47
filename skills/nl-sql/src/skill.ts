import { defineSkill } from '@odoobo/skill-kit';
import { checkSelect } from './check.js';
import { parseDdl } from './database.js';
import { explain } from './explain.js';
import { inputSchema, outputSchema } from './schema.js';
import { joinsOf, toSql } from './sql.js';
import { understand } from './understand.js';

const SHOP = `CREATE TABLE customers (id serial PRIMARY KEY, name text, country text);
CREATE TABLE orders (id serial PRIMARY KEY, customer_id int REFERENCES customers (id), total numeric, ordered_on date);`;

export const skill = defineSkill({
  input: inputSchema,
  output: outputSchema,
  examples: [
    {
      title: 'The best customers of a year',
      input: { question: 'Top 3 customers by total in 2024', schema: SHOP },
      output: {
        sql: [
          'SELECT customers.name AS customers, SUM(orders.total) AS sum_total',
          'FROM orders',
          'JOIN customers ON customers.id = orders.customer_id',
          "WHERE orders.ordered_on >= '2024-01-01' AND orders.ordered_on < '2025-01-01'",
          'GROUP BY customers.id, customers.name',
          'ORDER BY 2 DESC NULLS LAST, 1',
          'LIMIT 3',
        ].join('\n'),
        explanation:
          'The sum of orders.total, joined by orders.customer_id, for each row of customers, where orders.ordered_on >= 2024-01-01 and orders.ordered_on < 2025-01-01, the largest first by that sum; at most 3 rows.',
        engine: 'templates',
        tables: ['orders', 'customers'],
      },
    },
  ],
  invoke: async ({ question, schema, limit, today = new Date().toISOString().slice(0, 10) }) => {
    const database = parseDdl(schema);
    const query = understand(question, database, today, limit);
    const joins = joinsOf(query, database);
    const sql = toSql(query, joins);
    checkSelect(sql, database);
    return {
      sql,
      explanation: explain(query, joins),
      engine: 'templates' as const,
      tables: [query.from.name, ...joins.map(({ key }) => key.table)],
    };
  },
});
