import { startDeadline, systemClock } from '@odoobo/machine/time';
import * as z from 'zod';

/** The invisible start of the comment, by which it is found again. */
function markerOf(about: string): string {
  return `<!-- nx-skills: ${about} -->`;
}

/** The longest time for all calls together, in milliseconds. */
const commentMs = 30_000;
const perPage = 100;

const commentSchema = z.object({ id: z.int(), body: z.string().optional(), html_url: z.string() });

/** A pull request, and how to reach GitHub's API; GitHub Actions sets everything except its number in the environment. */
export interface PullRequest {
  /** `https://api.github.com` */
  apiUrl: string;
  /** `owner/name` */
  repository: string;
  number: number;
  token: string;
}

/**
 * Writes the one comment on a pull request about something, such as `plan`: it is created once, and updated later.
 * Calls: https://docs.github.com/en/rest/issues/comments. The token needs the permission `pull-requests: write`.
 * @returns the URL of the comment
 * @throws where GitHub refuses, or does not answer within 30 s
 */
export async function keepComment(
  pullRequest: PullRequest,
  about: string,
  markdown: string,
): Promise<string> {
  const { signal, clear } = startDeadline(systemClock, commentMs);
  try {
    const comments = `issues/${pullRequest.number}/comments`;
    const ours = await findOurs(pullRequest, comments, markerOf(about), signal);
    const body = { body: `${markerOf(about)}\n${markdown}` };
    const reply = ours
      ? await call(pullRequest, 'PATCH', `issues/comments/${ours}`, signal, body)
      : await call(pullRequest, 'POST', comments, signal, body);
    return commentSchema.parse(reply).html_url;
  } finally {
    clear();
  }
}

/** The id of the existing comment. */
async function findOurs(
  pullRequest: PullRequest,
  comments: string,
  marker: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  for (let page = 1; ; page++) {
    const path = `${comments}?per_page=${perPage}&page=${page}`;
    const found = z.array(commentSchema).parse(await call(pullRequest, 'GET', path, signal));
    const ours = found.find(({ body }) => body?.startsWith(marker));
    if (ours || found.length < perPage) return ours?.id;
  }
}

async function call(
  { apiUrl, repository, token, number }: PullRequest,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  signal: AbortSignal,
  body?: object,
): Promise<unknown> {
  const what = `comment on pull request ${number} of ${repository}`;
  const reply = await fetch(`${apiUrl}/repos/${repository}/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.github+json' },
    ...(body && { body: JSON.stringify(body) }),
    redirect: 'error',
    signal,
  }).catch((cause: unknown) => {
    throw new Error(`Cannot ${what}: ${apiUrl} cannot be reached.`, { cause });
  });
  if (reply.ok) return reply.json();
  const needs = 'The token needs the permission pull-requests: write, and the pull request must exist.';
  throw new Error(`Cannot ${what}: ${method} ${path} got status ${reply.status}. ${needs}`);
}
