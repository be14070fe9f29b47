import { startDeadline, systemClock } from '@odoobo/machine/time';
import type { Notice } from './notice.js';
import { post } from './post.js';
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
