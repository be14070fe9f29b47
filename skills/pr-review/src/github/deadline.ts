import { SkillError } from '@odoobo/skill-kit';

/**
 * Does what takes GitHub to answer. A timer of our own: Node 20 collects an AbortSignal.timeout that only
 * AbortSignal.any knows, and it never fires.
 * @throws SkillError 504 when the work takes longer than `milliseconds`
 */
export async function withDeadline<T>(
  milliseconds: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const expiry = new AbortController();
  const message = `The pull request took longer than ${milliseconds / 1000} s to read. Try again: nothing is posted twice.`;
  const timer = setTimeout(() => expiry.abort(new SkillError(504, 'github_timeout', message)), milliseconds);
  try {
    return await work(AbortSignal.any([outer, expiry.signal]));
  } finally {
    clearTimeout(timer);
  }
}
