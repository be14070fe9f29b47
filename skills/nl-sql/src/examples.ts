import type { SkillExample } from '@odoobo/skill-kit';
import type * as z from 'zod';
import type { inputSchema, Output } from './schema.js';

const shop = `CREATE TABLE customers (id serial PRIMARY KEY, name text, country text);
CREATE TABLE orders (id serial PRIMARY KEY, customer_id int REFERENCES customers (id), total numeric, ordered_on date);`;

/** Shown in the documentation; the templates answer them as written here. */
export const examples: SkillExample<z.input<typeof inputSchema>, Output>[] = [
  {
    title: 'The best customers of a year',
    input: { question: 'Top 3 customers by total in 2024', schema: shop },
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
        'The sum of orders.total, joined by orders.customer_id, for each row of customers, where orders.ordered_on >= 2024-01-01 and orders.ordered_on < 2025-01-01, the largest first by that sum; at most 3 rows. Made by fixed templates, without a language model.',
      engine: 'templates',
      dialect: 'postgresql',
      tables: ['orders', 'customers'],
    },
  },
  {
    title: 'Months, in SQLite',
    input: {
      question: 'total of orders per month',
      schema: 'CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, total REAL, ordered_on DATE)',
      dialect: 'sqlite',
      engine: 'templates',
    },
    output: {
      sql: [
        "SELECT DATE(orders.ordered_on, 'start of month') AS month, SUM(orders.total) AS sum_total",
        'FROM orders',
        "GROUP BY DATE(orders.ordered_on, 'start of month')",
        'ORDER BY 1',
        'LIMIT 100',
      ].join('\n'),
      explanation:
        'The sum of orders.total, for each month of orders.ordered_on; at most 100 rows. Made by fixed templates, without a language model.',
      engine: 'templates',
      dialect: 'sqlite',
      tables: ['orders'],
    },
  },
];
