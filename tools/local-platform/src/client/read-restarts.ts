import { pageData } from '../page/addresses.js';
import type { Restarts, RestartsAnswer } from '../page/answers.js';

/**
 * The restarts of each live deployment, by the id of the app; without apps that had none. Empty for a server of an earlier
 * version.
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
