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
  const first = await postOnce(url, payload, signal);
  if (first.ok) return;
  const wait = waitOf(first.headers.get('retry-after'));
  if (!mayPass(first) || Date.now() + wait >= deadline) throw refused(first);
  await systemClock.sleep(wait, signal);
  const second = await postOnce(url, payload, signal);
  if (!second.ok) throw refused(second);
}

async function postOnce(url: URL, payload: object, signal: AbortSignal): Promise<Response> {
  const reply = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(payload),
    // A redirect would send the notice to a host that no one configured.
    redirect: 'manual',
    signal,
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new Error(reasonOf(error));
  });
  // The reply is not shown: it may repeat the URL.
  await reply.body?.cancel();
  return reply;
}

function mayPass({ status }: Response): boolean {
  return status === 429 || status >= 500;
}

function refused({ status }: Response): Error {
  return new Error(`it answered ${status}`);
}

/** In milliseconds; the header holds seconds or a date. */
function waitOf(retryAfter: string | null): number {
  if (retryAfter === null) return defaultWaitMs;
  const seconds = Number(retryAfter);
  const wait = Number.isNaN(seconds) ? Date.parse(retryAfter) - Date.now() : seconds * 1000;
  return Number.isNaN(wait) ? defaultWaitMs : Math.max(0, wait);
}

/** Such as `ECONNREFUSED`; the message of an error may hold the URL. */
function reasonOf(error: unknown): string {
  const { code } = ((error as Error).cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : 'it cannot be reached';
}
