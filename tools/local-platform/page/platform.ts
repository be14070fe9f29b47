import type { RouterOrder } from '@odoobo/app-platform/rollout';
import type { App, Deployment, LogsResponse, RollbackValidation } from '@odoobo/app-platform/spec';
import type {
  DeliveryAnswer,
  FleetTrafficAnswer,
  ResponseTimesAnswer,
  RolloutAnswer,
  UsageAnswer,
  VitalsAnswer,
} from '../src/page/answers.js';
import type { ChangesAnswer, HistoryAnswer } from '../src/page/history-answers.js';
import type { PlacementsAnswer } from '../src/page/placement-answers.js';
import { Connection } from './connection.js';

const appsPerPage = 200;
/** More than the platform remembers. */
const deploymentsPerPage = 50;
const tailLines = 2000;

export type LogType = 'BUILD' | 'DEPLOY' | 'RUN' | 'RUN_RESTARTED';

/** The calls that the page makes: App Platform's own, and a few of the local platform's. */
export class Platform {
  readonly #connection: Connection;

  constructor(token: string) {
    this.#connection = new Connection(token);
  }

  async apps(signal: AbortSignal): Promise<App[]> {
    const all: App[] = [];
    for (let page = 1; ; page++) {
      const path = `/v2/apps?page=${page}&per_page=${appsPerPage}`;
      const { apps } = await this.#connection.json<{ apps: App[] }>(path, { signal });
      all.push(...apps);
      if (apps.length < appsPerPage) return all;
    }
  }

  vitals(signal: AbortSignal): Promise<VitalsAnswer> {
    return this.#connection.json('/page/vitals', { signal });
  }

  traffic(signal: AbortSignal): Promise<FleetTrafficAnswer> {
    return this.#connection.json('/page/traffic', { signal });
  }

  placements(signal: AbortSignal): Promise<PlacementsAnswer> {
    return this.#connection.json('/page/placements', { signal });
  }

  delivery(signal: AbortSignal): Promise<DeliveryAnswer> {
    return this.#connection.json('/page/delivery', { signal });
  }

  responseTimes(app: string, signal: AbortSignal): Promise<ResponseTimesAnswer> {
    return this.#connection.json(`/page/apps/${app}/response-times`, { signal });
  }

  usage(app: string, signal: AbortSignal): Promise<UsageAnswer> {
    return this.#connection.json(`/page/apps/${app}/usage`, { signal });
  }

  history(app: string, signal: AbortSignal): Promise<HistoryAnswer> {
    return this.#connection.json(`/page/apps/${app}/history`, { signal });
  }

  rollout(app: string, signal: AbortSignal): Promise<RolloutAnswer> {
    return this.#connection.json(`/page/apps/${app}/rollout`, { signal });
  }

  /** Tells the routers of a rollout what to do. */
  async steer(app: string, order: RouterOrder & { rollout: string }): Promise<void> {
    await this.#connection.json(`/page/apps/${app}/rollout`, { method: 'POST', body: order });
  }

  changes(app: string, from: string, to: string): Promise<ChangesAnswer> {
    return this.#connection.json(`/page/apps/${app}/changes?from=${from}&to=${to}`);
  }

  /** Newest first. */
  async deployments(app: string, signal: AbortSignal, atMost = deploymentsPerPage): Promise<Deployment[]> {
    const path = `/v2/apps/${app}/deployments?per_page=${atMost}`;
    return (await this.#connection.json<{ deployments: Deployment[] }>(path, { signal })).deployments;
  }

  /** Where the end of a log, and what is added to it, can be read. */
  async liveLog(app: string, deployment: string, type: LogType, signal: AbortSignal): Promise<URL> {
    const query = `type=${type}&follow=true&tail_lines=${tailLines}`;
    const { live_url: live } = await this.#logs(app, deployment, query, signal);
    const url = here(live ?? '');
    // A live log is a WebSocket at an http address; browsers open those by ws only, until recently.
    url.protocol = url.protocol.replace('http', 'ws');
    return url;
  }

  /** All that is kept of a log, of all components in the order of time. */
  async wholeLog(app: string, deployment: string, type: LogType): Promise<string> {
    const { historic_urls: urls = [] } = await this.#logs(app, deployment, `type=${type}`);
    const texts = urls.map((url) => {
      const { pathname, search } = here(url);
      return this.#connection.text(pathname + search);
    });
    return (await Promise.all(texts)).join('');
  }

  /** Restarts what is live, without a build. */
  async restart(app: string): Promise<void> {
    await this.#connection.json(`/v2/apps/${app}/restart`, { method: 'POST' });
  }

  /** Deploys the spec of the app once more, from the newest sources. */
  async redeploy(app: string): Promise<void> {
    await this.#connection.json(`/v2/apps/${app}/deployments`, { method: 'POST' });
  }

  async cancel(app: string, deployment: string): Promise<void> {
    await this.#connection.json(`/v2/apps/${app}/deployments/${deployment}/cancel`, { method: 'POST' });
  }

  async deleteApp(app: string): Promise<void> {
    await this.#connection.json(`/v2/apps/${app}`, { method: 'DELETE' });
  }

  validateRollback(app: string, deployment: string): Promise<RollbackValidation> {
    const body = { deployment_id: deployment };
    return this.#connection.json(`/v2/apps/${app}/rollback/validate`, { method: 'POST', body });
  }

  async rollBack(app: string, deployment: string, pin: boolean): Promise<void> {
    const body = { deployment_id: deployment, skip_pin: !pin };
    await this.#connection.json(`/v2/apps/${app}/rollback`, { method: 'POST', body });
  }

  async endRollback(app: string, how: 'commit' | 'revert'): Promise<void> {
    await this.#connection.json(`/v2/apps/${app}/rollback/${how}`, { method: 'POST' });
  }

  #logs(app: string, deployment: string, query: string, signal?: AbortSignal): Promise<LogsResponse> {
    return this.#connection.json(`/v2/apps/${app}/deployments/${deployment}/logs?${query}`, { signal });
  }
}

/** The page may have been opened by another name of this machine; it may connect to that one only. */
function here(address: string): URL {
  const url = new URL(address);
  url.host = location.host;
  return url;
}
