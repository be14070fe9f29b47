import { pageData } from '../page/addresses.js';
import type { DeliveryReport } from '../state/delivery-report.js';

/**
 * Sends the delivery figures of the apps of a platform, which its page and its metrics show.
 * @returns false where the server is of an earlier version, which keeps none
 * @throws Error when the platform does not answer, or refuses them; the reason of the signal
 */
export async function sendDelivery(
  { url, token }: { url: string; token: string },
  report: DeliveryReport,
  signal: AbortSignal,
): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify(report);
  const response = await fetch(`${url}${pageData}delivery`, { method: 'PUT', headers, body, signal });
  await response.body?.cancel();
  if (response.status === 404) return false;
  if (!response.ok) throw new Error(`The local platform at ${url} answered ${response.status}.`);
  return true;
}
