import { type App, type AppPlatformClient, AppPlatformError, type AppSpec } from '@odoobo/app-platform';

/** What another person may do to an app while it is deployed or rolled back. */
export const acts = [
  'writes another version',
  'writes a copy with another variable',
  'writes what is wanted',
  'deploys it again',
  'rolls it back',
  'rolls it back and pins it',
  'keeps the rollback',
  'cancels what is under way',
  'deletes it',
] as const;

export type Act = (typeof acts)[number];

/** A person who works on the same app with another tool. Acts that are impossible at the moment are skipped. */
export class Stranger {
  constructor(
    private readonly client: AppPlatformClient,
    private readonly other: AppSpec,
    private readonly wanted: AppSpec,
  ) {}

  async does(act: Act): Promise<void> {
    const app = (await this.client.listApps()).find(({ spec }) => spec.name === this.other.name);
    try {
      await this.#do(act, app);
    } catch (error) {
      if (!(error instanceof AppPlatformError) || error.outcome !== 'refused') throw error;
    }
  }

  async #do(act: Act, app: App | undefined): Promise<unknown> {
    if (act === 'writes another version') return this.#write(app, this.other);
    if (act === 'writes what is wanted') return this.#write(app, this.wanted);
    if (!app) return undefined;
    const { client } = this;
    const deployments = await client.listDeployments(app.id);
    const earlier = deployments.find(({ phase }) => phase === 'SUPERSEDED');
    const coming = app.pending_deployment ?? app.in_progress_deployment;
    switch (act) {
      case 'writes a copy with another variable':
        return this.#write(app, withVariable(app.spec));
      case 'deploys it again':
        return client.createDeployment(app.id);
      case 'rolls it back':
      case 'rolls it back and pins it':
        return earlier && client.rollback(app.id, earlier.id, { skipPin: act === 'rolls it back' });
      case 'keeps the rollback':
        return client.commitRollback(app.id);
      case 'cancels what is under way':
        return coming && client.cancelDeployment(app.id, coming.id);
      case 'deletes it':
        return client.deleteApp(app.id);
    }
  }

  #write(app: App | undefined, spec: AppSpec): Promise<App> {
    return app ? this.client.updateApp(app.id, spec) : this.client.createApp(spec);
  }
}

function withVariable(spec: AppSpec): AppSpec {
  const [first, ...others] = spec.services ?? [];
  if (!first) return spec;
  const envs = [
    ...(first.envs ?? []).filter(({ key }) => key !== 'STRANGE'),
    { key: 'STRANGE', value: 'yes' },
  ];
  return { ...spec, services: [{ ...first, envs }, ...others] };
}
