import type { Database, Dialect, Table } from '../catalogue/database.js';
import { functionNames } from '../check/functions.js';
import type { Question } from '../question.js';
import type { Message } from './chat.js';

const databases: Record<Dialect, string> = { postgresql: 'PostgreSQL', sqlite: 'SQLite' };

/** The first message to the model: the rules that its query is checked by, the tables, and the question. */
export function firstMessages({ question, dialect, today, limit }: Question, database: Database): Message[] {
  const rules = [
    `You write one ${databases[dialect]} query that answers a question about the tables below.`,
    'Answer with a JSON object and nothing else: {"sql": "SELECT ...", "explanation": "what the query does, in plain English"}.',
    'If the tables cannot answer the question: {"sql": null, "explanation": "what is missing"}.',
    'The query is parsed and refused unless:',
    `- it is one SELECT (WITH, subqueries and UNION may be used) that ends with LIMIT ${limit} or less;`,
    '- it reads the tables below only, without schema names;',
    `- it calls these functions only: ${[...functionNames[dialect]].join(' ')};`,
    '- it has no comments, semicolons, parameters, names in [brackets] or backticks, WINDOW clause, WITH RECURSIVE or locks.',
    `Today is ${today}.`,
    'The tables:',
    ...[...database.values()].map(tableText),
  ];
  return [
    { role: 'system', content: rules.join('\n') },
    { role: 'user', content: question },
  ];
}

function tableText({ name, columns, primaryKey, foreignKeys }: Table): string {
  const parts = columns.map((column) => {
    const key = column.name === primaryKey ? ' primary key' : '';
    const reference = foreignKeys.find(({ column: from }) => from === column.name);
    const target = reference ? ` references "${reference.table}" ("${reference.references}")` : '';
    return `"${column.name}" ${column.type}${key}${target}`;
  });
  return `"${name}" (${parts.join(', ')})`;
}

/** The message to the model when its query was refused. */
export function refusal(problems: string[]): Message {
  return {
    role: 'user',
    content: `The query was refused: ${problems.join('; ')}. Answer with the whole JSON object again, corrected.`,
  };
}
