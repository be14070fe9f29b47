import type { Expr, Statement } from 'pgsql-ast-parser';
import type { Database, Dialect } from '../catalogue/database.js';
import { parseSql } from '../parse-sql.js';
import { spellingProblems } from './lexicon.js';
import { SelectCheck } from './select-check.js';

export interface Checked {
  /** Everything that is wrong with the statement; empty when it may run. */
  problems: string[];
  /** The tables it reads. */
  tables: string[];
}

/**
 * Checks SQL as if a stranger had written it: one read-only SELECT on known tables and columns, with a row limit of at most
 * `limit`, that calls only harmless functions. What is not known to be harmless is refused.
 */
export function checkSelect(sql: string, database: Database, dialect: Dialect, limit: number): Checked {
  const spelling = spellingProblems(sql);
  if (spelling.length > 0) return { problems: spelling, tables: [] };
  const statement = parseOne(sql);
  if (typeof statement === 'string') return { problems: [statement], tables: [] };
  const check = new SelectCheck(database, dialect);
  check.check(statement);
  return {
    problems: [...new Set([...check.problems, ...limitProblems(statement, limit)])],
    tables: [...check.tables],
  };
}

/** @returns the statement, or what is wrong with the text */
function parseOne(sql: string): Statement | string {
  try {
    const [statement, ...others] = parseSql(sql);
    return statement && others.length === 0 ? statement : 'it is not exactly one statement';
  } catch (cause) {
    const [where] = cause instanceof Error ? cause.message.split('\n') : [];
    return `it cannot be parsed (${where ?? 'unknown syntax'})`;
  }
}

function limitProblems(statement: Statement, limit: number): string[] {
  if (statement.type === 'with') return limitProblems(statement.in, limit);
  if (statement.type === 'union' || statement.type === 'union all') {
    return ['a UNION has no row limit: put it into FROM (...) of a SELECT with a LIMIT'];
  }
  const rows = statement.type === 'select' ? valueOf(statement.limit?.limit) : undefined;
  return rows !== undefined && rows <= limit
    ? []
    : [`it has no row limit of at most ${limit}: end it with LIMIT ${limit}`];
}

function valueOf(expr: Expr | null | undefined): number | undefined {
  return expr?.type === 'integer' ? expr.value : undefined;
}
