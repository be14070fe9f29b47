/** Far more than a query needs, and little enough for the parser to read at once. */
const MAX_LENGTH = 10_000;
const MAX_DEPTH = 32;

const TOKENS: [kind: string, pattern: string][] = [
  ['space', '[ \\t\\r\\n]+'],
  // A letter before a quote would start another kind of string: E'', U&'', B''.
  ['word', '[\\p{L}_][\\p{L}\\p{N}_]*(?![\'"])'],
  ['number', '(?:\\d+(?:\\.\\d+)?|\\.\\d+)(?![\\p{L}\\p{N}_\'"])'],
  ['string', "'(?:[^'\\0]|'')*'"],
  ['quoted', '"[^"\\0]+"'],
  ['sign', '::|->>|->|<>|!=|<=|>=|\\|\\||-(?!-)|/(?!\\*)|[+*%<>=(),.~!]'],
];

const TOKEN = new RegExp(TOKENS.map(([, pattern]) => `(?:${pattern})`).join('|'), 'uy');

/**
 * What keeps a text from being read alike by the parser, by PostgreSQL and by SQLite: comments, dollar quotes, escape
 * strings, brackets, backticks, a second statement. Where readings could differ, what was checked would not be what runs.
 */
export function spellingProblems(sql: string): string[] {
  if (sql.length > MAX_LENGTH) return [`it is longer than ${MAX_LENGTH} characters`];
  let depth = 0;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < sql.length) {
    const start = TOKEN.lastIndex;
    const [token] = TOKEN.exec(sql) ?? [];
    if (token === undefined) return [`it holds ${JSON.stringify(sql.slice(start, start + 10))}, ${PLAIN}`];
    depth += token === '(' ? 1 : token === ')' ? -1 : 0;
    if (depth > MAX_DEPTH) return [`it nests deeper than ${MAX_DEPTH} brackets`];
  }
  return [];
}

const PLAIN =
  'which is not plain SQL: write one statement without comments, semicolons, [brackets], backticks, $ or escape strings';
