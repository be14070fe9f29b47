import type { App, AppPlatformClient } from '@odoobo/app-platform';
import { isPreview, type Preview } from './preview.js';

/**
 * The existing previews of a pull request, by name.
 *
 * @throws AppPlatformError when the apps cannot be listed
 */
export async function findPreviews(client: AppPlatformClient, preview: Preview): Promise<App[]> {
  const found: App[] = [];
  for (const app of await client.listApps()) if (await isPreview(client, app, preview)) found.push(app);
  return found.sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
}
