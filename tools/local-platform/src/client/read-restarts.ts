import type { Restarts, RestartsAnswer } from '../page/answers.js';
import { pageData } from '../page/addresses.js';

/**
 * How often what is live was started again, by the id of the app; apps of which nothing was are left out. None of a server
 * that an earlier version has started.
 * @throws Error when the platform does not answer; the reason of the signal
 */
export async function readRestarts(
  { url, token }: { url: string; token: string },
  signal: AbortSignal,
): Promise<Readonly<Record<string, Restarts>>> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}${pageData}restarts`, { headers, signal });
  if (response.status === 404) return {};
  if (!response.ok) throw new Error(`The local platform at ${url} answered ${response.status}.`);
  return ((await response.json()) as RestartsAnswer).apps;
}
