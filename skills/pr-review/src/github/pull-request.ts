import * as z from 'zod';
import { type ChangedFile, changedFile, type FileStatus, parseDiff } from '../diff/parse-diff.js';
import type { GitHub } from './client.js';

/** The same limit as for a diff that is sent to the skill. */
const maxDiffBytes = 8 * 1024 * 1024;

/** What GitHub lists of a pull request at most is 3,000 files. */
const pageSize = 100;
const maxPages = 30;

const pullSchema = z.object({ head: z.object({ sha: z.string().regex(/^[0-9a-f]{40,64}$/) }) });

const fileSchema = z.object({
  filename: z.string(),
  status: z.enum(['added', 'removed', 'modified', 'renamed', 'copied', 'changed', 'unchanged']),
  changes: z.number(),
  patch: z.string().optional(),
});

export interface PullRequest {
  repository: string;
  number: number;
}

export function pathOf({ repository, number }: PullRequest): string {
  return `/repos/${repository}/pulls/${number}`;
}

/** The commit that the pull request's branch is at. */
export async function headOf(github: GitHub, pull: PullRequest): Promise<string> {
  return (await github.json(pullSchema, { path: pathOf(pull) })).head.sha;
}

/**
 * What the pull request changes against the place where it left its base.
 * @throws SkillError 422 when it is larger than 8 MiB
 */
export async function changedFilesOf(github: GitHub, pull: PullRequest): Promise<ChangedFile[]> {
  const answer = await github.send({
    path: pathOf(pull),
    accept: 'application/vnd.github.diff',
    maxBytes: maxDiffBytes,
  });
  // A pull request may change nothing; its text is then not a diff.
  if (answer.ok) return answer.body.trim() === '' ? [] : parseDiff(answer.body);
  // 406: GitHub shows no diff of more than 300 files or 20,000 lines. It lists the files all the same.
  if (answer.status === 406) return listFiles(github, pull);
  throw github.errorOf(answer);
}

const statusOf: Record<z.infer<typeof fileSchema>['status'], FileStatus> = {
  added: 'added',
  removed: 'deleted',
  modified: 'modified',
  renamed: 'renamed',
  copied: 'copied',
  changed: 'modified',
  unchanged: 'modified',
};

async function listFiles(github: GitHub, pull: PullRequest): Promise<ChangedFile[]> {
  const files = await pages(github, fileSchema, `${pathOf(pull)}/files`);
  return files.map(({ filename, status, patch = '', changes }) =>
    changedFile(filename, statusOf[status], patch, patch === '' && changes === 0 && status !== 'renamed'),
  );
}

/** Every item of a list that GitHub hands out page by page. */
export async function pages<S extends z.ZodType>(
  github: GitHub,
  item: S,
  path: string,
): Promise<z.output<S>[]> {
  const all: z.output<S>[] = [];
  for (let page = 1; page <= maxPages; page++) {
    const items = await github.json(z.array(item), { path: `${path}?per_page=${pageSize}&page=${page}` });
    all.push(...items);
    if (items.length < pageSize) break;
  }
  return all;
}
