import type { DocumentRule, Finding } from './documents.js';

const dynamic: DocumentRule = {
  name: 'sql-built-in-sql',
  cwe: 'CWE-89',
  type: 'injection',
  severity: 'high',
  message: 'SQL is built from strings and run, so a value can change the statement.',
  suggestion:
    'Pass values with USING or as parameters; put names in with format and %I, quote_ident or QUOTENAME.',
};
const forAll: DocumentRule = {
  name: 'grant-to-all',
  cwe: 'CWE-732',
  type: 'configuration',
  severity: 'high',
  message: 'Every role of the database gets this right.',
  suggestion: 'Grant it to the role that needs it.',
};
const definer: DocumentRule = {
  name: 'definer-without-path',
  cwe: 'CWE-426',
  type: 'configuration',
  severity: 'medium',
  message: 'This function runs with its owner’s rights and looks names up where its caller says.',
  suggestion: 'Add SET search_path to the function.',
};

/** The start of dynamic SQL in PL/pgSQL, PL/SQL, T-SQL and MySQL. */
const runs =
  /\bexecute\s{1,20}(?:immediate\s{1,20})?(?=format\s{0,5}\(|['(]|\w{1,60}\s{0,5}\|\|)|\bexec(?:ute)?\s{0,5}\(\s{0,5}(?=N?'|@)|\bset\s{1,5}@\w{1,60}\s{0,5}=\s{0,5}(?=concat\s{0,5}\(|N?')|\bopen\s{1,5}\w{1,60}\s{1,5}for\s{1,5}(?=')|(?<![\w@])@?\w{1,60}\s{0,5}:?=\s{0,5}(?=N?'\s{0,5}(?:select|insert|update|delete|alter|drop)\b)/gi;
const quoting = /\b(?:quote_literal|quote_ident|quote_nullable|quotename|dbms_assert\.\w+)\s*\(/i;
const maxStatement = 4_000;

/** More than this in one file are data. */
const maxFindings = 500;

/** Dynamic SQL, rights for everybody, and functions with their owner's rights. */
export function sqlFindings(source: string): Finding[] {
  const text = withoutComments(source);
  return [
    ...[...text.matchAll(runs)]
      .slice(0, maxFindings)
      .flatMap((match) => dynamicAt(text, match.index, match.index + match[0].length)),
    ...[
      ...text.matchAll(
        /\bgrant\s{1,5}(?:all|select|insert|update|delete|truncate|create)\b[^;]{1,400}?\bto\s{1,5}public\b/gi,
      ),
    ].map((match) => found(forAll, match)),
    ...[...text.matchAll(/\bsecurity\s{1,5}definer\b/gi)]
      .slice(0, maxFindings)
      .filter(({ index }) => !/search_path/i.test(functionAround(text, index)))
      .map((match) => found(definer, match)),
  ];
}

function found(rule: DocumentRule, match: RegExpExecArray): Finding {
  return { rule, from: match.index, to: match.index + match[0].length };
}

/** The statement that is built from `start`, when a value that is not quoted is in it. */
function dynamicAt(text: string, from: number, start: number): Finding[] {
  const expression = expressionAt(text, start);
  const outside = expression.replace(/'(?:[^']|'')*'/g, "''");
  const joins = /''\s*(?:\|\||\+)\s*[@\w]|[@\w)]\s*(?:\|\||\+)\s*''|\bconcat\s*\([^)]*,\s*[@\w]/i.test(
    outside,
  );
  const formats = /\bformat\s*\(/i.test(outside) && /%(?:\d+\$)?s/.test(expression);
  const isQuoted = quoting.test(outside) && unquotedParts(outside) === 0;
  if ((!joins && !formats) || isQuoted) return [];
  return [{ rule: dynamic, from, to: start + expression.length }];
}

/** Values between the texts that no quoting function is around. */
function unquotedParts(outside: string): number {
  return outside
    .split(/\|\||\+/)
    .map((part) => part.trim())
    .filter((part) => part !== '' && !/^[(]*''|''[)]*$/.test(part) && !quoting.test(part)).length;
}

/** Up to the end of the statement; a `;` in a text is not it. */
function expressionAt(text: string, start: number): string {
  const part = text.slice(start, start + maxStatement);
  const end = /^(?:'(?:[^']|'')*'|[^;'])*/.exec(part)?.[0] ?? part;
  return end.replace(/\b(?:using|into)\b[^']*$/i, '');
}

/** As far as one function goes. */
const maxFunction = 10_000;

function functionAround(text: string, at: number): string {
  const before = text.slice(Math.max(0, at - maxFunction), at);
  const after = text.slice(at, at + maxFunction);
  const start = before.toLowerCase().lastIndexOf('create');
  const next = after.search(/\bcreate\s+(?:or\s+replace\s+)?(?:function|procedure)\b/i);
  return before.slice(Math.max(0, start)) + (next < 0 ? after : after.slice(0, next));
}

/** Comments become spaces, so that places stay the same. */
function withoutComments(text: string): string {
  return text.replace(/--[^\n]*|\/\*[^]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '));
}
