import type { App, Deployment } from '@odoobo/app-platform/spec';
import type { PlatformRecord } from '../start-stop/platform-record.js';
import { getJson } from './api.js';

const perPage = 200;

/** Every app of a platform. */
export async function listApps(server: PlatformRecord): Promise<App[]> {
  const all: App[] = [];
  for (let page = 1; ; page++) {
    const { apps } = await getJson<{ apps: App[] }>(server, `/v2/apps?page=${page}&per_page=${perPage}`);
    all.push(...apps);
    if (apps.length < perPage) return all;
  }
}

export async function newestDeployment(server: PlatformRecord, app: App): Promise<Deployment | undefined> {
  const path = `/v2/apps/${app.id}/deployments?per_page=1`;
  const { deployments } = await getJson<{ deployments: Deployment[] }>(server, path);
  return deployments[0];
}
