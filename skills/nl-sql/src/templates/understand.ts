import type { Database } from '../catalogue/database.js';
import { Clauses } from './clauses.js';
import { takeHead } from './head.js';
import type { Query } from './query.js';
import { Reader } from './reader.js';

/**
 * Understands a question by templates. Every word has to be accounted for: an ignored word could
 * change what was asked.
 * @throws SkillError 422 that says where it was lost and what would be understood
 */
export function understand(question: string, database: Database, today: string, limit: number): Query {
  const reader = new Reader(question, database);
  const head = takeHead(reader);
  const query = {
    groups: [],
    filters: [],
    columns: [],
    ...head,
    limit: Math.min(limit, head.limit ?? limit),
  };
  return new Clauses(reader, today).readInto(query);
}
