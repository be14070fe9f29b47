/** Far more than a query needs, and little enough for the parser to read at once. */
const maxLength = 10_000;
const maxDepth = 32;

const tokens: [kind: string, pattern: string][] = [
  ['space', '[ \\t\\r\\n]+'],
  // A letter before a quote would start another kind of string: E'', U&'', B''.
  ['word', '[\\p{L}_][\\p{L}\\p{N}_]*(?![\'"])'],
  ['number', '(?:\\d+(?:\\.\\d+)?|\\.\\d+)(?![\\p{L}\\p{N}_\'"])'],
  ['string', "'(?:[^'\\0]|'')*'"],
  ['quoted', '"[^"\\0]+"'],
  ['sign', '::|->>|->|<>|!=|<=|>=|\\|\\||-(?!-)|/(?!\\*)|[+*%<>=(),.~!]'],
];

const tokenPattern = new RegExp(tokens.map(([, pattern]) => `(?:${pattern})`).join('|'), 'uy');

/**
 * What keeps a text from being read alike by the parser, by PostgreSQL and by SQLite: comments, dollar quotes, escape
 * strings, brackets, backticks, a second statement. Where readings could differ, what was checked would not be what runs.
 */
export function spellingProblems(sql: string): string[] {
  if (sql.length > maxLength) return [`it is longer than ${maxLength} characters`];
  let depth = 0;
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < sql.length) {
    const start = tokenPattern.lastIndex;
    const [token] = tokenPattern.exec(sql) ?? [];
    if (token === undefined) return [`it holds ${JSON.stringify(sql.slice(start, start + 10))}, ${plain}`];
    depth += token === '(' ? 1 : token === ')' ? -1 : 0;
    if (depth > maxDepth) return [`it nests deeper than ${maxDepth} brackets`];
  }
  return [];
}

const plain =
  'which is not plain SQL: write one statement without comments, semicolons, [brackets], backticks, $ or escape strings';
