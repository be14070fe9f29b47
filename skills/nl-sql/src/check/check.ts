import type { Expr, Statement } from 'pgsql-ast-parser';
import type { Database, Dialect } from '../catalogue/database.js';
import { parseSql } from '../parse-sql.js';
import { type Token, tokensOf } from './lexicon.js';
import { forParser, lastLimit } from './rewrite.js';
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
  const tokens = tokensOf(sql, dialect);
  if (typeof tokens === 'string') return { problems: [tokens], tables: [] };
  const statement = parseOne(forParser(tokens, dialect));
  if (typeof statement === 'string') return { problems: [statement], tables: [] };
  const check = new SelectCheck(database, dialect);
  check.check(statement);
  return {
    problems: [...new Set([...check.problems, ...limitProblems(statement, tokens, limit)])],
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

function limitProblems(statement: Statement, tokens: Token[], limit: number): string[] {
  const rows = lastLimit(tokens) ?? rowsOf(statement);
  return rows !== undefined && rows <= limit
    ? []
    : [`it has no row limit of at most ${limit}: end it with LIMIT ${limit}`];
}

/** FETCH FIRST, or a LIMIT behind its OFFSET. */
function rowsOf(statement: Statement): number | undefined {
  if (statement.type === 'with') return rowsOf(statement.in);
  return statement.type === 'select' ? valueOf(statement.limit?.limit) : undefined;
}

function valueOf(expr: Expr | null | undefined): number | undefined {
  return expr?.type === 'integer' ? expr.value : undefined;
}
