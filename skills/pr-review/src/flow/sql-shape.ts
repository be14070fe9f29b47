const identifier = String.raw`(?:[\w."\x60\[\]$@:-]|\x01)+`;

/** The start of a statement, with as much of it as tells it from a sentence. */
const statement = new RegExp(
  String.raw`(?:^|[;("'=\s])\s*(?:` +
    [
      String.raw`select\s[^;]{1,2000}?\sfrom\s+["'(]?${identifier}`,
      String.raw`select\s+(?:${identifier}\s*\(|pg_|set_config|\*)`,
      String.raw`insert\s+(?:ignore\s+|or\s+\w+\s+)?into\s+${identifier}`,
      String.raw`update\s+${identifier}(?:\s+(?:as\s+)?\w+)?\s+set\s`,
      String.raw`delete\s+from\s+${identifier}`,
      String.raw`(?:alter|drop|truncate|create(?:\s+or\s+replace)?(?:\s+(?:unique|temp|temporary|materialized))?)\s+(?:table|index|view|database|schema|sequence|user|role|extension|trigger|function|column|type)\s`,
      String.raw`truncate\s+${identifier}\s*(?:;|$)`,
      String.raw`(?:grant|revoke)\s[\w\s,\x01]{1,200}\s(?:on|to|from)\s`,
      String.raw`with\s+(?:recursive\s+)?${identifier}\s+as\s*\(`,
      String.raw`(?:merge|replace)\s+into\s+${identifier}`,
      String.raw`(?:lock\s+table|refresh\s+materialized\s+view|set\s+search_path|pragma)\s+[\w\x01."]+(?:\s|;|$|\()`,
    ].join('|') +
    ')',
  'i',
);

/** Words of a sentence where SQL has a name. */
const sentence =
  /\b(?:select|delete|update|insert|drop|create)\b[^;]{0,200}\b(?:the|your|an|please|cannot|could not|failed to)\b/i;

const clause =
  /\b(?:WHERE|AND|OR|HAVING|ORDER\s+BY|GROUP\s+BY|LIMIT|OFFSET|JOIN|SET|VALUES|IN|LIKE|ILIKE|FROM|UNION|ON|where|having|order\s+by|group\s+by)\b[^;]{0,2000}\x01|\b(?:SELECT|select)\s+(?:(?:DISTINCT|distinct)\s+)?\x01|\x01['"]?\s*(?:=\s|LIKE\b|ILIKE\b|IN\b|ASC\b|DESC\b)/;

/** Upper case or lower case is code; `Select` begins a sentence. */
const capitalised =
  /(?:^|["'(\s])(?:Select|Insert|Update|Delete|Drop|Create|Alter|Truncate|Grant|Merge|Replace|With)\s/;

/**
 * Whether a text is an SQL statement with a value in it. `\u0001` marks the values.
 * A value alone, or in front of the first keyword only, changes nothing that this could judge.
 */
export function isStatement(shape: string): boolean {
  const head = shape.slice(0, 4_000);
  const match = statement.exec(head);
  if (!match || capitalised.test(match[0])) return false;
  // Keywords further in are often those of a message: "Could not delete from x: ...".
  if (match.index > 60 && !/^\s*(?:--|\/\*|\x01|explain|begin)/i.test(head)) return false;
  return !sentence.test(head) && head.includes('\u0001', match.index);
}

/** Whether a text with values in it is a statement or a part of one, as a call that runs SQL gets it. */
export function isSql(shape: string): boolean {
  return isStatement(shape) || statement.test(shape.slice(0, 4_000)) || clause.test(shape.slice(0, 4_000));
}
