import type { Column } from '../catalogue/database.js';

/** Words that PostgreSQL or SQLite reserve and that are likely names; others are caught by the check of the result. */
const reserved = new Set(
  'add all alter and any array as asc between both case cast check column constraint create current_date default delete desc distinct do else end except false fetch for foreign from grant group having in index initially insert intersect into is join leading limit localtime not null offset on only or order placing primary references returning select session_user set some symmetric table then to trailing true union unique update user using values variadic when where window with'.split(
    ' ',
  ),
);

/** A name as SQL reads it, in quotes where it needs them. */
export function quote(identifier: string): string {
  const isPlain = /^[a-z_][a-z0-9_]*$/.test(identifier) && !reserved.has(identifier);
  return isPlain ? identifier : `"${identifier.replaceAll('"', '""')}"`;
}

/** A column with its table. */
export function qualified({ table, name }: Pick<Column, 'table' | 'name'>): string {
  return `${quote(table)}.${quote(name)}`;
}
