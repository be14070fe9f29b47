import type { AppPlatformClient } from '@odoobo/app-platform';
import { isPreview, type Preview } from '../preview/preview.js';
import { couldNotBeSent, unsentCodes } from './could-not-be-sent.js';
import { type Preparation, withoutOrphans } from './prepare-all.js';

/**
 * Leaves alone an app with the name of a preview that does not belong to this pull request: the skill is not sent.
 * @throws AppPlatformError when the apps cannot be listed
 */
export async function leaveOthers(
  { prepared, failed }: Preparation,
  client: AppPlatformClient,
  preview: Preview,
  signal: AbortSignal,
): Promise<Preparation> {
  const wanted = new Set(prepared.map(({ request }) => request.spec.name));
  const taken = new Set<string>();
  for (const app of await client.listApps({ signal })) {
    const { name } = app.spec;
    if (wanted.has(name) && !(await isPreview(client, app, preview))) taken.add(name);
  }
  const refused = prepared.filter(({ request }) => taken.has(request.spec.name));
  return withoutOrphans({
    prepared: prepared.filter((skill) => !refused.includes(skill)),
    failed: [
      ...failed,
      ...refused.map(({ request: { skill, spec } }) =>
        couldNotBeSent(
          skill,
          unsentCodes.nameTaken,
          `the app "${spec.name}" is not a preview of pull request ${preview.pullRequest} of this repository, so it was not changed. Rename that app, or use another number`,
        ),
      ),
    ],
  });
}
