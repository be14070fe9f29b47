import type { Dialect } from '../catalogue/database.js';

/** Far more than a query needs, and little enough for the parser to read at once. */
const maxLength = 10_000;
const maxDepth = 32;

export interface Token {
  kind: 'word' | 'number' | 'string' | 'quoted' | 'sign';
  text: string;
  /** Whether a space comes before it. */
  isSpaced: boolean;
}

/** A letter before a quote would start another kind of string: E'', U&'', B''. */
const common = String.raw`(?<space>[ \t\r\n]+)|(?<word>[\p{L}_][\p{L}\p{N}_]*(?!['"]))|(?<number>(?:\d+(?:\.\d+)?|\.\d+)(?![\p{L}\p{N}_'"]))`;
const sign = String.raw`::|->>|->|<>|!=|<=|>=|\|\||-(?!-)|/(?!\*)|[+*%<>=(),.~!]`;

/** PostgreSQL also has arrays and JSON paths; elsewhere its brackets quote names, and its # begins a comment. */
const patterns: Record<Dialect, RegExp> = {
  postgresql: new RegExp(
    String.raw`${common}|(?<string>'(?:[^'\0]|'')*')|(?<quoted>"[^"\0]+")|(?<sign>@>|<@|&&|#>>|#>|${sign}|[\^\[\]])`,
    'uy',
  ),
  // Its settings decide whether "x" is a text, || an OR, and a backslash an escape, so none of the three may be there.
  mysql: new RegExp(
    String.raw`${common}|(?<string>'(?:[^'\\\0]|'')*')|(?<quoted>\x60[^\x60"\0]+\x60)|(?<sign><=>|(?!\|\||::)${sign})`,
    'uy',
  ),
  sqlite: new RegExp(`${common}|(?<string>'(?:[^'\\0]|'')*')|(?<quoted>"[^"\\0]+")|(?<sign>${sign})`, 'uy'),
};

/**
 * Splits a query into tokens, or says what keeps it from being read alike by the parser and by the database: comments, dollar quotes,
 * escape strings, quoting brackets, backticks, a second statement. Where readings could differ, what was checked would not be what runs.
 */
export function tokensOf(sql: string, dialect: Dialect): Token[] | string {
  if (sql.length > maxLength) return `it is longer than ${maxLength} characters`;
  const pattern = patterns[dialect];
  const tokens: Token[] = [];
  let depth = 0;
  let isSpaced = false;
  pattern.lastIndex = 0;
  while (pattern.lastIndex < sql.length) {
    const start = pattern.lastIndex;
    const found = pattern.exec(sql);
    if (!found) return `it holds ${JSON.stringify(sql.slice(start, start + 10))}, ${plain}`;
    const [text] = found;
    depth += text === '(' || text === '[' ? 1 : text === ')' || text === ']' ? -1 : 0;
    if (depth > maxDepth) return `it nests deeper than ${maxDepth} brackets`;
    const kind = kinds.find((name) => found.groups?.[name] !== undefined);
    if (kind) tokens.push({ kind, text, isSpaced });
    isSpaced = !kind;
  }
  return tokens;
}

const kinds: Token['kind'][] = ['word', 'number', 'string', 'quoted', 'sign'];

const plain =
  'which is not plain SQL: write one statement without comments, semicolons, [brackets], backticks, $ or escape strings';
