import { postToWebhook } from '@odoobo/machine/network';
import { systemClock } from '@odoobo/machine/time';

/** Milliseconds before the second try if the receiver does not request a delay. */
const defaultWaitMs = 500;

/**
 * POSTs a payload, and once more if the receiver is busy (429) or has an error (5xx): at worst a notice appears twice.
 * @param withinMs milliseconds until `signal` is aborted
 * @throws why it did not arrive, without the URL; or the signal's reason
 */
export async function post(url: URL, payload: object, withinMs: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + withinMs;
  const first = await postToWebhook(url, payload, signal);
  if (isOk(first.status)) return;
  const wait = waitOf(first.retryAfter);
  if (!mayPass(first.status) || Date.now() + wait >= deadline) throw refused(first.status);
  await systemClock.sleep(wait, signal);
  const second = await postToWebhook(url, payload, signal);
  if (!isOk(second.status)) throw refused(second.status);
}

function isOk(status: number): boolean {
  return status >= 200 && status < 300;
}

function mayPass(status: number): boolean {
  return status === 429 || status >= 500;
}

function refused(status: number): Error {
  return new Error(`it answered ${status}`);
}

/** In milliseconds; the header holds seconds or a date. */
function waitOf(retryAfter: string | null): number {
  if (retryAfter === null) return defaultWaitMs;
  const seconds = Number(retryAfter);
  const wait = Number.isNaN(seconds) ? Date.parse(retryAfter) - Date.now() : seconds * 1000;
  return Number.isNaN(wait) ? defaultWaitMs : Math.max(0, wait);
}
