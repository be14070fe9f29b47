import { postToWebhook } from '@odoobo/machine/network';
import { startDeadline, systemClock } from '@odoobo/machine/time';
import type { Notice } from './notice.js';
import type { Webhook } from './webhook.js';

/** The longest time for one notification, in milliseconds. */
const sendMs = 5_000;

/** Sends notices one after another. A notice that cannot be sent is a warning, not a failure. */
export class Notifier {
  readonly #closing = new AbortController();
  #sent: Promise<void> = Promise.resolve();

  constructor(
    readonly webhook: Webhook,
    readonly warn: (message: string) => void,
  ) {}

  notify(notice: Notice): void {
    this.#sent = this.#sent.then(() => this.#send(notice));
  }

  /** Waits until all notices are sent, for at most `withinMs` milliseconds. */
  async close(withinMs = sendMs): Promise<void> {
    const late = new Error(`not finished within ${withinMs / 1000} s of the end of the run`);
    const timer = setTimeout(() => this.#closing.abort(late), withinMs);
    await this.#sent;
    clearTimeout(timer);
  }

  async #send(notice: Notice): Promise<void> {
    const { url, toPayload, setBy } = this.webhook;
    const { signal, clear } = startDeadline(systemClock, sendMs, this.#closing.signal);
    try {
      await post(url, toPayload(notice), sendMs, signal);
    } catch (error) {
      const what = `${notice.kind} ${notice.event}`;
      this.warn(`${url.host} was not notified of "${what}": ${(error as Error).message}. Check ${setBy}.`);
    } finally {
      clear();
    }
  }
}

/** Milliseconds before the second try if the receiver does not request a delay. */
const defaultWaitMs = 500;

/**
 * POSTs a payload, and once more if the receiver is busy (429) or has an error (5xx): at worst a notice appears twice.
 * @param withinMs milliseconds until `signal` is aborted
 * @throws why it did not arrive, without the URL; or the signal's reason
 */
async function post(url: URL, payload: object, withinMs: number, signal: AbortSignal): Promise<void> {
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
