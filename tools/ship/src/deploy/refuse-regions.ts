import type { AppPlatformClient, DeployResult } from '@odoobo/app-platform';
import { describeFileIssue } from '@odoobo/app-platform/spec';
import { couldNotBeSent, unsentCodes } from './could-not-be-sent.js';
import type { PreparedSkill } from './prepare.js';
import { type Preparation, preparationOf } from './prepare-all.js';

/**
 * Leaves out placements in a region in which the account cannot have apps. One call, if a placement names a region.
 * @throws AppPlatformError when the regions cannot be read
 */
export async function withoutUnknownRegions(
  { prepared, failed }: Preparation,
  client: Pick<AppPlatformClient, 'listRegions'>,
  signal?: AbortSignal,
): Promise<Preparation> {
  if (!prepared.some(({ task }) => task.placement?.region !== undefined)) return { prepared, failed };
  const regions = await client.listRegions({ signal });
  const open = regions.filter(({ disabled }) => !disabled).map(({ slug }) => slug);
  return preparationOf(
    prepared.map((one) => refusalOf(one, open) ?? one),
    failed,
  );
}

function refusalOf({ request, task }: PreparedSkill, open: readonly string[]): DeployResult | undefined {
  const { region, issue } = task.placement ?? {};
  if (region === undefined || !issue || open.includes(region)) return undefined;
  const message = `App Platform has no region "${region}" for this account. It has: ${open.join(', ')}`;
  return couldNotBeSent(request.skill, unsentCodes.invalid, describeFileIssue(issue('region', message)));
}
