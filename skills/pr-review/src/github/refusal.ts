import { SkillError } from '@odoobo/skill-kit';
import { misconfigured } from './settings.js';

/** An unsuccessful answer of GitHub. */
export interface Refusal {
  status: number;
  headers: Headers;
  body: string;
}

/** The message to the caller about a refusal. `asked` says what was asked for, as in `acme/shop#7`. */
export function refusalError(
  asked: string,
  { status, headers, body }: Refusal,
  withToken: boolean,
): SkillError {
  const said = messageOf(body);
  if (status === 401) return misconfigured('GitHub refuses GITHUB_TOKEN (401). Set a valid token.');
  if (isRateLimit(status, headers, said)) return rateLimited(headers, withToken);
  if (status === 404) return notFound(asked, withToken);
  if (status === 403) {
    const message = `GitHub refuses access to ${asked}: ${said} A token needs "Contents: read" and "Pull requests: read", and "write" for auto_comment.`;
    return new SkillError(403, 'github_refused', message);
  }
  return new SkillError(502, 'github_error', `GitHub returned ${status} for ${asked}: ${said}`);
}

function notFound(asked: string, withToken: boolean): SkillError {
  const hint = withToken
    ? 'Check the name and what GITHUB_TOKEN may read.'
    : 'Check the name; a private repository needs GITHUB_TOKEN, and its name in GITHUB_REPOSITORIES.';
  return new SkillError(404, 'not_found_on_github', `GitHub has no ${asked}. ${hint}`);
}

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
function isRateLimit(status: number, headers: Headers, said: string): boolean {
  if (status !== 403 && status !== 429) return false;
  return (
    status === 429 ||
    headers.get('x-ratelimit-remaining') === '0' ||
    headers.has('retry-after') ||
    /rate limit/i.test(said)
  );
}

/** When GitHub names no time, its documentation asks for a minute. */
const unnamedWaitS = 60;

function rateLimited(headers: Headers, withToken: boolean): SkillError {
  const now = Date.now() / 1000;
  const reset = headers.get('x-ratelimit-remaining') === '0' ? Number(headers.get('x-ratelimit-reset')) : 0;
  const wait = Number(headers.get('retry-after') ?? 0) || Math.max(0, Math.ceil(reset - now)) || unnamedWaitS;
  const hint = withToken ? '' : ' Without GITHUB_TOKEN it allows 60 requests an hour.';
  return new SkillError(
    503,
    'github_rate_limited',
    `GitHub's rate limit is used up. Try again in ${wait} s.${hint}`,
  );
}

function messageOf(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    if (typeof message === 'string') return message.slice(0, 300);
  } catch {
    // A proxy on the way answers with HTML.
  }
  return 'no reason given.';
}
