import { pageData } from '../page/addresses.js';
import type { AlertsAnswer, RaisedAlert, Restarts, RestartsAnswer } from '../page/answers.js';

interface Server {
  url: string;
  token: string;
}

/**
 * The restarts of each live deployment, by the id of the app; without apps that had none. Empty for a server of an earlier
 * version.
 * @throws Error when the platform does not answer; the reason of the signal
 */
export async function readRestarts(
  server: Server,
  signal: AbortSignal,
): Promise<Readonly<Record<string, Restarts>>> {
  return (await readPage<RestartsAnswer>('restarts', server, signal))?.apps ?? {};
}

/**
 * The alerts that are raised now, by the id of the app; without apps that have none. Empty for a server of an earlier version.
 * @throws Error when the platform does not answer; the reason of the signal
 */
export async function readAlerts(
  server: Server,
  signal: AbortSignal,
): Promise<Readonly<Record<string, readonly RaisedAlert[]>>> {
  return (await readPage<AlertsAnswer>('alerts', server, signal))?.apps ?? {};
}

/** Undefined where the server has no such address. */
async function readPage<T>(
  address: string,
  { url, token }: Server,
  signal: AbortSignal,
): Promise<T | undefined> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}${pageData}${address}`, { headers, signal });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`The local platform at ${url} answered ${response.status}.`);
  return (await response.json()) as T;
}
