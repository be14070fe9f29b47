import { SkillError } from '@odoobo/skill-kit';
import { astVisitor, parse, type ExprCall, type SelectFromStatement, type Statement } from 'pgsql-ast-parser';
import type { Database } from './database.js';

const FUNCTIONS = ['count', 'sum', 'avg', 'min', 'max', 'date_trunc'];

/**
 * Checks SQL as if a stranger had written it: one plain SELECT on known tables and columns, with a row limit, that
 * calls nothing but aggregates.
 * @throws SkillError 500 for a statement that must never leave this skill
 */
export function checkSelect(sql: string, database: Database): void {
  const problems = problemsOf(sql, database);
  if (problems.length === 0) return;
  throw new SkillError(
    500,
    'unsafe_sql',
    `The query that was made did not pass its check: ${problems.join('; ')}.`,
  );
}

/** Everything that is wrong with a statement; empty when it may run. */
export function problemsOf(sql: string, database: Database): string[] {
  const statements = parseOrNone(sql);
  const [statement] = statements;
  if (!statement || statements.length !== 1) return ['it is not exactly one statement that can be parsed'];
  if (statement.type !== 'select') return [`it is a ${statement.type} and no plain SELECT`];
  return [...shapeProblems(statement), ...nameProblems(statement, database)];
}

function parseOrNone(sql: string): Statement[] {
  try {
    return parse(sql);
  } catch {
    // What cannot be parsed is refused by the caller, whatever the reason.
    return [];
  }
}

function shapeProblems({ limit, from, for: lock }: SelectFromStatement): string[] {
  const rows = limit?.limit?.type === 'integer' ? limit.limit.value : undefined;
  return [
    ...(rows === undefined || rows > 1000 ? ['it has no row limit of at most 1000'] : []),
    ...(from?.every(({ type }) => type === 'table') ? [] : ['it reads from something else than tables']),
    ...(lock ? ['it locks rows'] : []),
  ];
}

function nameProblems(statement: SelectFromStatement, database: Database): string[] {
  const problems: string[] = [];
  const read = new Set((statement.from ?? []).map((from) => (from.type === 'table' ? from.name.name : '')));
  const visitor = astVisitor((map) => ({
    tableRef: ({ name, schema }) => {
      if (schema || !database.has(name)) problems.push(`table ${name} is unknown`);
    },
    ref: ({ table, name }) => {
      const columns = read.has(table?.name ?? '') ? database.get(table?.name ?? '')?.columns : undefined;
      if (!columns?.some((column) => column.name === name))
        problems.push(`column ${table?.name}.${name} is unknown`);
    },
    call: (call) => {
      const { name, schema } = call.function;
      if (schema || !FUNCTIONS.includes(name)) problems.push(`function ${name} is not allowed`);
      if (!isCountOfRows(call)) map.super().call(call);
    },
    select: (select) => {
      if (select !== statement) problems.push('it holds another statement');
      else map.super().select(select);
    },
  }));
  visitor.statement(statement);
  return problems;
}

/** The star of COUNT(*) is parsed as a column; any other star would read columns that nobody named. */
function isCountOfRows({ function: { name }, args }: ExprCall): boolean {
  const [only] = args;
  return name === 'count' && args.length === 1 && only?.type === 'ref' && only.name === '*' && !only.table;
}
