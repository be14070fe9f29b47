import type { Database } from '../catalogue/database.js';
import { Clauses } from './clauses.js';
import { type Draft, draftOf } from './draft.js';
import { finish } from './finish.js';
import { type Head, heads } from './head.js';
import type { Query } from './query.js';
import { Reader } from './reader.js';
import { takeTop } from './top.js';

/**
 * Understands a question by templates. Every word has to be accounted for: an ignored word could
 * change what was asked.
 * @throws SkillError 422 that says where it was lost and what would be understood
 */
export function understand(question: string, database: Database, today: string, limit: number): Query {
  const reader = new Reader(question, database);
  const top = takeTop(reader);
  const ranked = top && reader.attempt(() => read(reader, top, today, limit));
  if (ranked) return ranked.query;
  if (top) throw reader.refusal ?? reader.refuse('These words are not understood.');
  const prefix = takePrefix(reader);
  const beginning = reader.rest();
  const unclear: { query: Query; isNamed: boolean }[] = [];
  for (const head of heads(reader)) {
    const found = reader.attempt(() => read(reader, head, today, limit, prefix));
    if (!found) continue;
    if (head.isOnly) return found.query;
    unclear.push(found);
  }
  const named = unclear.filter(({ isNamed }) => isNamed);
  const [only, ...others] = named.length > 0 ? named : unclear;
  if (only && others.length === 0) return only.query;
  if (only)
    throw reader.refuse(`Say of which table: ${unclear.map(({ query }) => query.from.name).join(' or ')}.`);
  if (reader.refusal) throw reader.refusal;
  throw reader.refuse(`The beginning of the question is not understood: "${beginning}".`);
}

/** "For each stadium, how many concerts": where it begins and ends. It is read again once the subject is known. */
function takePrefix(reader: Reader): Prefix | undefined {
  const from = reader.place;
  return reader.attempt(() => {
    if (!reader.take('for each', 'for every', 'in each')) return undefined;
    const isNamed = reader.takeTable() ?? reader.takeColumns().at(0);
    return isNamed && { from, to: reader.place };
  });
}

interface Prefix {
  from: number;
  to: number;
}

function read(reader: Reader, head: Head, today: string, limit: number, prefix?: Prefix) {
  const draft = draftOf(head);
  const clauses = new Clauses(reader, today);
  if (prefix) readPrefix(reader, clauses, draft, prefix);
  clauses.readInto(draft);
  return { query: finish(reader, draft, limit), isNamed: draft.isNamed };
}

function readPrefix(reader: Reader, clauses: Clauses, draft: Draft, { from, to }: Prefix): void {
  const { place } = reader;
  reader.returnTo(from);
  if (!clauses.readGroup(draft) || reader.place !== to)
    throw reader.refuse('It is not clear what "for each" is about.');
  reader.returnTo(place);
}
