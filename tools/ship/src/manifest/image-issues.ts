import type { AppSpec, Issue } from '@odoobo/app-platform/spec';
import type { SkillManifest } from './manifest.js';

/**
 * Components of a Python skill that would run its artefact in production: the local platform installs its
 * requirements.txt, App Platform does not. An image that the App Spec pins is not included.
 */
export function imageIssues(
  { services = [], workers = [], jobs = [] }: AppSpec,
  manifest: SkillManifest,
): Issue[] {
  if (manifest.runtime !== 'python') return [];
  const lists = Object.entries({ services, workers, jobs });
  return lists.flatMap(([list, components]) =>
    components.flatMap(({ image }, index) =>
      image === undefined || image.digest !== undefined
        ? []
        : [
            {
              path: `${list}/${index}/image`,
              message:
                'a Python skill cannot be shipped to production as an image: the packages of requirements.txt would be missing. ' +
                'Let App Platform build the branch: environment_slug: python, and github in place of image',
            },
          ],
    ),
  );
}
