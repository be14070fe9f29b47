import { posix } from 'node:path';
import { type Chunk, firstChangedLine } from '../diff/chunk.js';
import { issueOf } from '../rules/find-in-lines.js';
import { js, python, type Rule } from '../rules/rule.js';
import type { Issue } from '../schema.js';
import { archiveFindings, javaFindings } from './archives.js';
import { pythonFindings, scriptFindings } from './code.js';
import { odooFindings } from './odoo.js';
import { sqlFindings } from './sql.js';
import { workflowFindings } from './workflow.js';

export type DocumentRule = Omit<Rule, 'pattern'>;

/** A part of a document that a rule is about. */
export interface Finding {
  rule: DocumentRule;
  from: number;
  to: number;
}

type Reader = (text: string) => Finding[];

const workflow = /(?:^|\/)\.(?:github|gitea|forgejo)\/workflows\/[^/]+\.ya?ml$|(?:^|\/)action\.ya?ml$/;

function readerOf(path: string): Reader | undefined {
  if (workflow.test(path)) return workflowFindings;
  const ending = posix.extname(path).toLowerCase();
  if (ending === '.sql') return sqlFindings;
  if (python.includes(ending)) return pythonFindings;
  if (ending === '.go' || ending === '.rb') return archiveFindings;
  if (ending === '.java' || ending === '.kt') return javaFindings;
  if (js.includes(ending)) return scriptFindings;
  return ending === '.xml' ? odooFindings : undefined;
}

/** Whether a file is read for what stands on several of its lines together. */
export function isDocument(path: string): boolean {
  return readerOf(path) !== undefined;
}

/** Longer documents are data. */
const maxText = 512 * 1024;

/** What is found in SQL, workflows, Odoo's data files and code, where the change touches it. */
export function findInDocument(path: string, chunks: Chunk[]): Issue[] {
  const read = readerOf(path);
  if (!read) return [];
  return chunks
    .filter(({ text }) => text.length <= maxText)
    .flatMap((chunk) =>
      read(chunk.text).flatMap(({ rule, from, to }) => {
        const line = firstChangedLine(chunk, from, to);
        return line === undefined ? [] : [issueOf(rule, path, line)];
      }),
    );
}
