import { type App, type AppPlatformClient, type Deployment, markOf, unlessGone } from '@odoobo/app-platform';
import { repositoryOf } from '@odoobo/git-flow';
import { isLocal } from '../placement/environment.js';

export interface OwnAppsOptions {
  cwd: string;
  environment: string;
  client: AppPlatformClient;
  signal?: AbortSignal | undefined;
}

/** An app with all its deployments. */
export interface AppHistory {
  app: App;
  deployments: readonly Deployment[];
}

/**
 * The apps of an environment that were deployed from this repository, previews left out, with their deployments: one call
 * an app.
 * @throws AppPlatformError when the platform does not answer
 */
export async function readOwnApps({
  cwd,
  environment,
  client,
  signal,
}: OwnAppsOptions): Promise<AppHistory[]> {
  const call = signal ? { signal } : {};
  const [apps, repository] = await Promise.all([client.listApps(call), repositoryOf({ cwd, signal })]);
  const ours = apps.filter(({ spec, active_deployment: active }) => {
    const mark = markOf(spec) ?? markOf(active?.spec);
    if (!mark || mark.preview !== undefined || mark.repository !== repository) return false;
    return isLocal(environment) || (mark.placement?.environment ?? 'production') === environment;
  });
  const read = ours.map(async (app) => {
    const deployments = await unlessGone(client.listDeployments(app.id, call));
    return deployments ? [{ app, deployments }] : [];
  });
  return (await Promise.all(read)).flat();
}
