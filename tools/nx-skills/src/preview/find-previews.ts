import { AppPlatformError, standingOf, type App, type AppPlatformClient } from '@odoobo/app-platform';
import { isPreview, type Preview } from './preview.js';

/** A preview as a person wants to see it. */
export interface ShownPreview {
  name: string;
  /** `live`, `under way`, `failed`, `live; its last deployment failed` */
  state: string;
  /** None while it was never live. */
  url: string | undefined;
  /** US dollars a month; none where the platform does not tell it. */
  cost: number | undefined;
}

/**
 * The previews of a pull request that are there, by name.
 *
 * @throws AppPlatformError when the apps cannot be listed
 */
export async function findPreviews(client: AppPlatformClient, preview: Preview): Promise<App[]> {
  const apps = (await client.listApps()).filter((app) => isPreview(app, preview));
  return apps.sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
}

/** Where a preview stands, and what it costs: asks the platform, and changes nothing. */
export async function showPreview(client: AppPlatformClient, app: App): Promise<ShownPreview> {
  const { live } = standingOf(app);
  return { name: app.spec.name, state: stateOf(app), url: live?.url, cost: await costOf(client, app) };
}

function stateOf(app: App): string {
  const { live, underWay, failed } = standingOf(app);
  if (underWay) return 'under way';
  if (!live) return 'failed';
  return failed ? 'live; its last deployment failed' : 'live';
}

async function costOf(client: AppPlatformClient, app: App): Promise<number | undefined> {
  try {
    return (await client.propose(app.spec, { appId: app.id })).app_cost;
  } catch (error) {
    if (error instanceof AppPlatformError) return undefined;
    throw error;
  }
}

export interface DeletedPreviews {
  /** Names of apps. */
  deleted: string[];
  /** Apps that could not be deleted, and why. */
  left: { name: string; error: Error }[];
}

/**
 * Deletes the previews of a pull request and nothing else. Safe to repeat: what is gone already is no error.
 *
 * @throws AppPlatformError when the apps cannot be listed
 */
export async function deletePreviews(client: AppPlatformClient, preview: Preview): Promise<DeletedPreviews> {
  const result: DeletedPreviews = { deleted: [], left: [] };
  for (const { id, spec } of await findPreviews(client, preview)) {
    try {
      await client.deleteApp(id);
      result.deleted.push(spec.name);
    } catch (error) {
      if (error instanceof AppPlatformError && error.status === 404) continue;
      result.left.push({ name: spec.name, error: error as Error });
    }
  }
  return result;
}
