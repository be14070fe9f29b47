import type * as z from 'zod';
import { describeIssue } from './describe-issue.js';
import { meantField } from './meant-field.js';

/** One error in a document. */
export interface Issue {
  /** The path in the document, such as `services/0/http_port`; empty for the whole document. */
  path: string;
  message: string;
}

export type Check<T> = { ok: true; value: T } | { ok: false; issues: Issue[] };

/** Checks a value against a schema, with the messages and paths of this project; all issues at once. */
export function checkAgainst<T>(schema: z.ZodType<T>, value: unknown): Check<T> {
  const result = schema.safeParse(value, { error: describeIssue });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, issues: result.error.issues.flatMap((issue) => toIssues(schema, issue)) };
}

/** Unknown fields of one object that get a hint: a request may hold thousands. */
const mostHints = 20;

/** zod lists all unknown keys of an object in one issue; each is an issue of its own here. */
function toIssues(schema: z.ZodType, issue: z.core.$ZodIssue): Issue[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: pathOf(issue.path), message: issue.message }];
  return issue.keys.map((key, index) => {
    const path = [...issue.path, key];
    const meant = index < mostHints ? meantField(schema, path) : '';
    return { path: pathOf(path), message: meant === '' ? issue.message : `${issue.message}. ${meant}` };
  });
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.map(String).join('/');
}
