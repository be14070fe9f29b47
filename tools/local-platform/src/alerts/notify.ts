import { postToWebhook } from '@odoobo/machine/network';
import { withDeadline } from '@odoobo/machine/time';
import pLimit from 'p-limit';
import type { AppRecord } from '../state/app-record.js';
import type { SecretBox } from '../state/secrets.js';
import type { Alert } from './alerts-of.js';

/** How long a receiver may take, in milliseconds. */
const withinMs = 10_000;
const atOnce = 4;
/** A crash loop of many apps must not fill the memory while a receiver hangs. */
const mostWaiting = 100;

/** Tells the Slack webhooks of alerts, once each: an alert that does not arrive is reported, not repeated. */
export class Notifier {
  readonly #limit = pLimit(atOnce);
  readonly #closed = new AbortController();
  readonly #inProgress = new Set<Promise<void>>();

  constructor(
    private readonly secrets: SecretBox,
    private readonly warn: (message: string) => void,
  ) {}

  /** Does not wait until it arrives. */
  tell(app: AppRecord, alert: Alert, reason: string): void {
    const { name } = app.spec;
    const place = alert.component === undefined ? name : `${name}/${alert.component}`;
    const text = escape(`${alert.spec.rule} of ${place}: ${reason}`);
    for (const { url, channel } of app.alertDestinations?.[alert.id]?.slackWebhooks ?? []) {
      const failed = (why: string) =>
        this.warn(`A Slack webhook of the alert ${alert.spec.rule} of ${place} was not told: ${why}.`);
      if (this.#limit.pendingCount >= mostWaiting) {
        failed(`${mostWaiting} others wait`);
        continue;
      }
      const payload = { text, ...(channel !== undefined && { channel }) };
      const sent = this.#limit(() => this.#send(url, payload)).catch((error: Error) => failed(error.message));
      this.#inProgress.add(sent);
      void sent.finally(() => this.#inProgress.delete(sent));
    }
  }

  /** Gives up what has not arrived. Safe to repeat. */
  async close(): Promise<void> {
    this.#closed.abort(new Error('the platform stops'));
    await Promise.all(this.#inProgress);
  }

  async #send(encrypted: string, payload: object): Promise<void> {
    const url = this.secrets.decrypt(encrypted);
    if (url === undefined)
      throw new Error('its URL was encrypted with another key. Set the destinations again');
    const { status } = await withDeadline(withinMs, this.#closed.signal, (signal) =>
      postToWebhook(new URL(url), payload, signal),
    );
    if (status < 200 || status >= 300) throw new Error(`it answered ${status}`);
  }
}

/** Characters with a meaning in Slack: https://docs.slack.dev/messaging/formatting-message-text */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
