import { SkillError } from '@odoobo/skill-kit';
import * as z from 'zod';
import type { PostedReview, Review } from '../schema.js';
import type { GitHub } from './client.js';
import { headOf, pages, pathOf, type PullRequest } from './pull-request.js';
import { bodyOf, commentsOf, mark, modelCommentsOf, type ReviewComment } from './review-text.js';

const userSchema = z.object({ login: z.string(), type: z.string() });
const postedSchema = z.object({ html_url: z.string() });
const reviewSchema = postedSchema.extend({
  body: z.string().nullable(),
  commit_id: z.string().nullable(),
  user: userSchema.nullable(),
});

/** Posts in flight by pull request: two calls at once would both find no review, and both post one. */
const inFlight = new Map<string, Promise<unknown>>();

/**
 * Posts the review once for a commit: a second call finds the first one's review and leaves it as it is.
 * @throws SkillError 409 when the pull request has got another commit meanwhile
 */
export async function postReview(
  github: GitHub,
  pull: PullRequest,
  commit: string,
  review: Review,
): Promise<PostedReview> {
  const key = `${pull.repository}#${pull.number}`.toLowerCase();
  const before = inFlight.get(key) ?? Promise.resolve();
  const posting = before.then(() => postOnce(github, pull, commit, review));
  const settled = posting.catch(() => undefined);
  inFlight.set(key, settled);
  try {
    return await posting;
  } finally {
    if (inFlight.get(key) === settled) inFlight.delete(key);
  }
}

async function postOnce(
  github: GitHub,
  pull: PullRequest,
  commit: string,
  review: Review,
): Promise<PostedReview> {
  const earlier = await earlierReview(github, pull, commit);
  if (earlier) return { status: 'already_posted', url: earlier, commit };
  if ((await headOf(github, pull)) !== commit) {
    const message = `${pull.repository}#${pull.number} got another commit meanwhile, so nothing was posted. Call again.`;
    throw new SkillError(409, 'pull_request_moved', message);
  }
  return { status: 'posted', url: await post(github, pull, commit, review), commit };
}

async function earlierReview(github: GitHub, pull: PullRequest, commit: string): Promise<string | undefined> {
  const login = await ownLogin(github);
  const reviews = await pages(github, reviewSchema, `${pathOf(pull)}/reviews`);
  const own = reviews.find(
    ({ body, commit_id, user }) =>
      commit_id === commit &&
      body?.startsWith(mark) &&
      // Anyone can write the mark, to keep a review from being posted.
      (login === undefined ? user?.type === 'Bot' : user?.login === login),
  );
  return own?.html_url;
}

/** Whose token it is; nothing for the token of an app's installation, which may not ask and posts as a bot. */
async function ownLogin(github: GitHub): Promise<string | undefined> {
  const answer = await github.send({ path: '/user' });
  if (answer.ok) return userSchema.parse(JSON.parse(answer.body)).login;
  const error = github.errorOf(answer);
  if (error.code === 'github_refused') return undefined;
  throw error;
}

async function post(github: GitHub, pull: PullRequest, commit: string, review: Review): Promise<string> {
  const path = `${pathOf(pull)}/reviews`;
  const body = (comments: ReviewComment[], modelComments: ReviewComment[]) => ({
    commit_id: commit,
    // Approving and refusing are for people: a caller of the skill could have their own change approved.
    event: 'COMMENT',
    body: bodyOf(review, comments),
    comments: [...comments, ...modelComments],
  });
  const comments = commentsOf(review);
  const modelComments = modelCommentsOf(review);
  const answer = await github.send({ path, body: body(comments, modelComments) });
  if (answer.ok) return postedSchema.parse(JSON.parse(answer.body)).html_url;
  if (answer.status !== 422 || comments.length + modelComments.length === 0) throw github.errorOf(answer);
  // 422 posts nothing. GitHub does not show a line that is in a diff too large for its page.
  return (await github.json(postedSchema, { path, body: body([], []) })).html_url;
}
