import { type App, AppPlatformClient, type AppSpec } from '@odoobo/app-platform';
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 50;

/** The size of each instance. The local platform gives no size more of the processors than another. */
export const instanceSize = 'apps-s-1vcpu-1gb';

export interface ScaledAppOptions {
  url: string;
  token: string;
  name: string;
  /** Of an image in the platform's store. */
  digest: string;
  signal: AbortSignal;
}

/** An app of one service, which is given one number of instances after the other. */
export class ScaledApp {
  readonly #client: AppPlatformClient;
  #app: App | undefined;
  #live: { instances: number; url: string } | undefined;

  constructor(readonly options: ScaledAppOptions) {
    this.#client = new AppPlatformClient(options);
  }

  /** Instances that are live already go on, warm. @returns its URL, once that many are live @throws when they do not come up */
  async scaleTo(instances: number): Promise<string> {
    if (this.#live?.instances === instances) return this.#live.url;
    const { signal } = this.options;
    const spec = this.#spec(instances);
    const app = this.#app
      ? await this.#client.updateApp(this.#app.id, spec, { signal })
      : await this.#client.createApp(spec, { signal });
    this.#app = app;
    await this.#untilLive(app.id, app.pending_deployment?.id ?? '');
    const { live_url: url = '' } = await this.#client.getApp(app.id, { signal });
    this.#live = { instances, url };
    return url;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #untilLive(app: string, deployment: string): Promise<void> {
    const { signal, name } = this.options;
    for (;;) {
      const { phase } = await this.#client.getDeployment(app, deployment, { signal });
      if (phase === 'ACTIVE') return;
      if (phase === 'ERROR' || phase === 'CANCELED')
        throw new Error(`A deployment of "${name}" ended ${phase}.`);
      await delay(pollMs, undefined, { signal });
    }
  }

  #spec(instances: number): AppSpec {
    const { name, digest } = this.options;
    return {
      name,
      services: [
        {
          name: 'web',
          image: { registry_type: 'DOCR', repository: name, digest },
          instance_size_slug: instanceSize,
          instance_count: instances,
          health_check: { http_path: '/health', period_seconds: 1, timeout_seconds: 1 },
          termination: { drain_seconds: 1, grace_period_seconds: 2 },
        },
      ],
    };
  }
}
