import type { Database, Table } from '../catalogue/database.js';

/** About 15,000 tokens: what a large schema costs with each question is bounded, and most models take it. */
const maxCharacters = 60_000;

/**
 * The tables as the model gets them, one a line: names, types and keys, but no comments and no rows. Of a schema that is too large, those
 * are left out that share the fewest words with the question, and are not related to one that does.
 */
export function tableTexts(question: string, database: Database): string[] {
  const tables = [...database.values()];
  const texts = new Map(tables.map((table) => [table.name, tableText(table)]));
  const scores = scoresOf(question, tables);
  const chosen = new Set<string>();
  let characters = 0;
  for (const { name } of [...tables].sort(
    (one, other) => (scores.get(other.name) ?? 0) - (scores.get(one.name) ?? 0),
  )) {
    characters += texts.get(name)?.length ?? 0;
    if (characters > maxCharacters) break;
    chosen.add(name);
  }
  const left = tables.length - chosen.size;
  const shown = [...texts].filter(([name]) => chosen.has(name)).map(([, text]) => text);
  return left === 0
    ? shown
    : [...shown, `(${left} more tables, which have less to do with the question, are left out.)`];
}

function scoresOf(question: string, tables: Table[]): Map<string, number> {
  const asked = wordsOf(question);
  const shared = (name: string) => [...wordsOf(name)].filter((word) => asked.has(word)).length;
  const own = new Map(
    tables.map(({ name, columns }) => [
      name,
      4 * shared(name) + columns.reduce((sum, column) => sum + shared(column.name), 0),
    ]),
  );
  return new Map(
    tables.map(({ name, foreignKeys }) => {
      const related = foreignKeys.map(({ table }) => own.get(table) ?? 0);
      return [name, (own.get(name) ?? 0) + Math.max(0, ...related) / 2];
    }),
  );
}

/** Words in lower case and without a plural's "s". */
function wordsOf(text: string): Set<string> {
  const words =
    text
      .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
      .toLowerCase()
      .match(/\p{L}{2,}/gu) ?? [];
  return new Set(words.map((word) => word.replace(/s$/, '')));
}

function tableText({ name, columns, primaryKey, foreignKeys }: Table): string {
  const parts = columns.map((column) => {
    const key = column.name === primaryKey ? ' primary key' : '';
    const reference = foreignKeys.find(({ column: from }) => from === column.name);
    const target = reference
      ? ` references ${quoted(reference.table)} (${quoted(reference.references)})`
      : '';
    return `${quoted(column.name)} ${oneLine(column.type)}${key}${target}`;
  });
  return `${quoted(name)} (${parts.join(', ')})`;
}

function quoted(name: string): string {
  return `"${oneLine(name)}"`;
}

/** A name must not look like a line of the rules. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Z}]+/gu, ' ').slice(0, 200);
}
