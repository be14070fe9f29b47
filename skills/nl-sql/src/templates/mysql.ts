import { SkillError } from '@odoobo/skill-kit';

/** What the templates write: texts, quoted names, names, and anything else sign by sign. */
const tokens = /'(?:[^']|'')*'|"[^"]+"|[A-Za-z_][A-Za-z0-9_]*|\s+|[^]/g;

/**
 * A query of the templates, spelled as MySQL wants it: names in backticks, because it reserves many more words, and no NULLS LAST.
 * @throws SkillError 422 for a value with a backslash, which MySQL reads in two ways
 */
export function inMysql(sql: string): string {
  return sql
    .split('\n')
    .map((line) => (line.startsWith('ORDER BY ') ? `ORDER BY ${withoutNulls(line.slice(9), sql)}` : line))
    .map(withBackticks)
    .join('\n');
}

/** Rows without a value come last: MySQL puts them first when it sorts upwards, and last when it sorts downwards. */
function withoutNulls(items: string, sql: string): string {
  return partsOf(items)
    .map((item) => {
      const [, column, direction] = /^(.*) (ASC|DESC) NULLS LAST$/.exec(item) ?? [];
      if (column === undefined) return item;
      return direction === 'DESC' ? `${column} DESC` : `${selectedAs(column, sql)} IS NULL, ${column}`;
    })
    .join(', ');
}

/** What stands in the list of the SELECT where a number is the place of it there. */
function selectedAs(column: string, sql: string): string {
  if (!/^\d+$/.test(column)) return column;
  const [list = ''] = sql.replace(/^SELECT (?:DISTINCT )?/, '').split('\nFROM ');
  return partsOf(list)[Number(column) - 1]?.replace(/ AS (?:"[^"]+"|\w+)$/, '') ?? column;
}

/** Splits a list at the commas that stand in no brackets and in no quotes. */
function partsOf(list: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const [token] of list.matchAll(tokens)) {
    depth += token === '(' ? 1 : token === ')' ? -1 : 0;
    if (depth === 0 && token === ',') parts.push('');
    else parts.push((parts.pop() ?? '') + token);
  }
  return parts.map((part) => part.trim());
}

/** A word is a name if a dot is beside it, or a word before it that a name follows. */
function withBackticks(line: string): string {
  const words = [...line.matchAll(tokens)].map(([token]) => token);
  return words
    .map((word, i) => {
      if (word.startsWith("'") && word.includes('\\')) throw unsupportedBackslash();
      if (word.startsWith('"')) return `\`${word.slice(1, -1)}\``;
      const isName =
        words[i + 1] === '.' || words[i - 1] === '.' || /^(?:FROM|JOIN|AS)$/.test(words[i - 2] ?? '');
      return /^[a-z_]/i.test(word) && isName ? `\`${word}\`` : word;
    })
    .join('');
}

function unsupportedBackslash(): SkillError {
  const message =
    'A value with a backslash cannot be asked for in MySQL, which reads it in two ways. Leave it out.';
  return new SkillError(422, 'question_not_understood', message, {
    details: [{ path: 'input/question', message: 'a value has a backslash' }],
  });
}
