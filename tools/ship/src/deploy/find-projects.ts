import type { AppPlatformClient } from '@odoobo/app-platform';
import { describeFileIssue } from '@odoobo/app-platform/spec';
import { didYouMean } from '../terminal/did-you-mean.js';
import { couldNotBeSent, unsentCodes } from './could-not-be-sent.js';
import { type Preparation, preparationOf } from './prepare-all.js';

/** An id of DigitalOcean's; anything else is a name. */
const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Finds the projects that placements name, for apps that are created. A placement whose project the account does not have is left out.
 * One call, if one is named by its name.
 * @throws AppPlatformError when the projects cannot be read
 */
export async function withProjects(
  { prepared, failed }: Preparation,
  client: Pick<AppPlatformClient, 'listProjects'>,
  signal?: AbortSignal,
): Promise<Preparation> {
  const named = prepared.flatMap(({ task }) => task.placement?.project ?? []);
  if (named.length === 0) return { prepared, failed };
  const projects = named.every((name) => id.test(name)) ? [] : await client.listProjects({ signal });
  const outcomes = prepared.map((one) => {
    const { project, issue } = one.task.placement ?? {};
    if (project === undefined || !issue) return one;
    const found = id.test(project) ? project : projects.find(({ name }) => name === project)?.id;
    if (found !== undefined) return { ...one, request: { ...one.request, project: found } };
    const names = projects.map(({ name }) => name);
    const hint = didYouMean(project, names) || ` It has: ${names.join(', ') || 'none'}`;
    const message = `the account has no project "${project}".${hint}`;
    return couldNotBeSent(
      one.request.skill,
      unsentCodes.invalid,
      describeFileIssue(issue('project', message)),
    );
  });
  return preparationOf(outcomes, failed);
}
