import { SkillError } from '@odoobo/skill-kit';
import type { ChangedFile } from './diff/parse-diff.js';
import { GitHub } from './github/client.js';
import { postReview } from './github/post-review.js';
import { changedFilesOf, headOf, type PullRequest } from './github/pull-request.js';
import { repositoryFiles } from './github/repository-files.js';
import { gitHubSettings } from './github/settings.js';
import { type ChangeOptions, reviewChange } from './review-change.js';
import type { Review } from './schema.js';

export interface PullRequestOptions extends ChangeOptions {
  autoComment: boolean;
  env: NodeJS.ProcessEnv;
}

/**
 * Reviews a pull request on GitHub, and with `autoComment` posts what it found.
 * @throws SkillError 403 when it is to post and has no token for that repository; what GitHub refuses, as 403, 404 or 5xx
 */
export async function reviewPullRequest(pull: PullRequest, options: PullRequestOptions): Promise<Review> {
  const { repository, number } = pull;
  const { env, autoComment, signal } = options;
  const github = new GitHub(gitHubSettings(env, repository), `${repository}#${number}`, signal);
  if (autoComment && !github.hasToken) throw mayNotPost(repository);
  const commit = await headOf(github, pull);
  const files = await changedFilesOf(github, pull);
  const whole = repositoryFiles(github, repository, commit);
  const review = await reviewChange({ size: sizeOf(files), files: () => files }, { ...options, whole });
  return autoComment ? { ...review, posted_review: await postReview(github, pull, commit, review) } : review;
}

function sizeOf(files: ChangedFile[]): number {
  const lines = files.flatMap(({ hunks }) => hunks.flatMap((hunk) => hunk.lines));
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}

function mayNotPost(repository: string): SkillError {
  const message = `auto_comment needs GITHUB_TOKEN, and ${repository} in GITHUB_REPOSITORIES: otherwise any caller could write with the token.`;
  return new SkillError(403, 'repository_not_allowed', message);
}
