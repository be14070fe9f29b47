import type { App, Deployment, LogsResponse, RollbackValidation } from '@odoobo/app-platform/spec';
import { withDeadline } from '../src/deadline.js';
import type { ResponseTimesAnswer, VitalsAnswer } from '../src/page/answers.js';

const answerMs = 15_000;
const appsPerPage = 200;
/** More than the platform remembers. */
const deploymentsPerPage = 50;
const tailLines = 2000;

/** The token is none of this platform, or not any more. */
export class WrongToken extends Error {}

/** The platform does not run, or does not answer. */
export class Unreachable extends Error {}

export type LogType = 'BUILD' | 'DEPLOY' | 'RUN';

interface Call {
  method?: 'GET' | 'POST';
  body?: unknown;
  signal?: AbortSignal;
}

/** The calls that the page makes: App Platform's own, and two of the local platform's. */
export class Platform {
  constructor(private readonly token: string) {}

  async apps(signal: AbortSignal): Promise<App[]> {
    const all: App[] = [];
    for (let page = 1; ; page++) {
      const path = `/v2/apps?page=${page}&per_page=${appsPerPage}`;
      const { apps } = await this.#call<{ apps: App[] }>(path, { signal });
      all.push(...apps);
      if (apps.length < appsPerPage) return all;
    }
  }

  vitals(signal: AbortSignal): Promise<VitalsAnswer> {
    return this.#call('/page/vitals', { signal });
  }

  responseTimes(app: string, signal: AbortSignal): Promise<ResponseTimesAnswer> {
    return this.#call(`/page/apps/${app}/response-times`, { signal });
  }

  /** Newest first. */
  async deployments(app: string, signal: AbortSignal, atMost = deploymentsPerPage): Promise<Deployment[]> {
    const path = `/v2/apps/${app}/deployments?per_page=${atMost}`;
    return (await this.#call<{ deployments: Deployment[] }>(path, { signal })).deployments;
  }

  /** Where the end of a log, and what is added to it, can be read. */
  async liveLog(app: string, deployment: string, type: LogType, signal: AbortSignal): Promise<URL> {
    const query = `type=${type}&follow=true&tail_lines=${tailLines}`;
    const path = `/v2/apps/${app}/deployments/${deployment}/logs?${query}`;
    const { live_url: live } = await this.#call<LogsResponse>(path, { signal });
    const url = new URL(live ?? '');
    // The page may have been opened by another name of this machine; it may connect to that one only.
    url.host = location.host;
    return url;
  }

  validateRollback(app: string, deployment: string): Promise<RollbackValidation> {
    const body = { deployment_id: deployment };
    return this.#call(`/v2/apps/${app}/rollback/validate`, { method: 'POST', body });
  }

  async rollBack(app: string, deployment: string, pin: boolean): Promise<void> {
    const body = { deployment_id: deployment, skip_pin: !pin };
    await this.#call(`/v2/apps/${app}/rollback`, { method: 'POST', body });
  }

  async endRollback(app: string, how: 'commit' | 'revert'): Promise<void> {
    await this.#call(`/v2/apps/${app}/rollback/${how}`, { method: 'POST' });
  }

  /** @throws WrongToken, Unreachable, or an Error with what the platform says */
  #call<T>(path: string, { method = 'GET', body, signal }: Call): Promise<T> {
    return withDeadline(answerMs, signal, async (deadline) => {
      const { status, text } = await this.#send(path, method, body, deadline).catch((cause: unknown) => {
        signal?.throwIfAborted();
        throw new Unreachable('The platform does not answer.', { cause });
      });
      if (status === 401) throw new WrongToken('The platform does not accept the token of this page.');
      const answer = (text === '' ? undefined : JSON.parse(text)) as T & { message?: string };
      if (status >= 400) throw new Error(answer.message ?? `${method} ${path} answered ${status}.`);
      return answer;
    });
  }

  async #send(
    path: string,
    method: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<{ status: number; text: string }> {
    const response = await fetch(path, {
      method,
      signal,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }
}
