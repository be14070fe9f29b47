import { type App, AppPlatformClient, type AppSpec } from '@odoobo/app-platform';
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 20;

export interface RedeployerOptions {
  url: string;
  token: string;
  app: string;
  /** Digests of images in the platform's store; the deployments ship them in turn, over and over. */
  digests: readonly string[];
  signal: AbortSignal;
}

/** Deploys one app repeatedly, through the platform's API alone. */
export class Redeployer {
  readonly #client: AppPlatformClient;
  #deployments = 0;

  constructor(readonly options: RedeployerOptions) {
    this.#client = new AppPlatformClient(options);
  }

  /** @returns the live app @throws when the deployment does not become active */
  async create(): Promise<App> {
    const { signal } = this.options;
    const app = await this.#client.createApp(this.#nextSpec(), { signal });
    await this.#untilActive(app);
    return this.#client.getApp(app.id, { signal });
  }

  /** @throws when the deployment does not become active; it is not retried */
  async redeploy(app: App): Promise<void> {
    await this.#untilActive(
      await this.#client.updateApp(app.id, this.#nextSpec(), { signal: this.options.signal }),
    );
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #untilActive({ id, pending_deployment }: App): Promise<void> {
    const { signal } = this.options;
    for (;;) {
      const { phase } = await this.#client.getDeployment(id, pending_deployment?.id ?? '', { signal });
      if (phase === 'ACTIVE') return;
      if (phase === 'ERROR' || phase === 'CANCELED' || phase === 'SUPERSEDED') {
        throw new Error(`Deployment ${pending_deployment?.id} of "${this.options.app}" ended ${phase}.`);
      }
      await delay(pollMs, undefined, { signal });
    }
  }

  #nextSpec(): AppSpec {
    const { app: name, digests } = this.options;
    const digest = digests[this.#deployments++ % digests.length] ?? '';
    return {
      name,
      services: [
        {
          name: 'web',
          image: { registry_type: 'DOCR', repository: name, digest },
          health_check: { http_path: '/health', period_seconds: 1, timeout_seconds: 1 },
          termination: { drain_seconds: 5, grace_period_seconds: 5 },
        },
      ],
    };
  }
}
