import { AppSpecError, type AppSpecFileIssue } from '@odoobo/app-platform/spec';
import type { SkillPlace } from '../manifest/skill-place.js';
import { appOf } from './app-name.js';
import { isLocal, usualEnvironments } from './environment.js';
import { readPlacements, readPlacementsOnce } from './placements.js';
import type { WrittenPlacement } from './placements-file.js';

type Skill = Pick<SkillPlace, 'workspaceRoot' | 'skill'>;

/** An app that a skill has somewhere. */
interface NamedApp {
  app: string;
  skill: string;
  environment: string;
  /** Undefined for the app of a skill without a placement there. */
  placement?: WrittenPlacement | undefined;
}

/**
 * Placements of skills whose app has the name of another app: of another placement, or of another skill. All environments but
 * the local platform count as one account.
 * @param all the skills of the workspace
 * @param read what a file of placements has, or will have
 */
export async function sharedNameIssues(
  skills: readonly string[],
  all: readonly Skill[],
  read = readPlacementsOnce(),
): Promise<AppSpecFileIssue[]> {
  const apps = await allApps(all, read);
  const named = grouped(apps);
  return apps.flatMap((one) => {
    const other = named.get(accountName(one))?.find((another) => another !== one);
    if (!other || !skills.includes(one.skill)) return [];
    const whose = `the app "${one.app}" is also that of ${other.skill} in ${other.environment}${nameOf(other)}`;
    return one.placement?.issue('', `${whose}. Give one of them another name`) ?? [];
  });
}

/** @throws AppSpecError with every placement of these skills whose app has the name of another one */
export async function refuseSharedApps(skills: readonly string[], all: readonly Skill[]): Promise<void> {
  const issues = await sharedNameIssues(skills, all);
  if (issues.length > 0) throw new AppSpecError(issues);
}

/** Apps of one account with one name are one app. */
function accountName({ app, environment }: NamedApp): string {
  return `${isLocal(environment)} ${app}`;
}

function grouped(apps: readonly NamedApp[]): Map<string, NamedApp[]> {
  const groups = new Map<string, NamedApp[]>();
  for (const one of apps) {
    const group = groups.get(accountName(one));
    if (group) group.push(one);
    else groups.set(accountName(one), [one]);
  }
  return groups;
}

function nameOf({ placement }: NamedApp): string {
  return placement?.name === undefined ? '' : `, placement "${placement.name}"`;
}

/** Files of other skills that are wrong are reported when those are used. */
async function allApps(
  all: readonly Skill[],
  read: ReturnType<typeof readPlacementsOnce>,
): Promise<NamedApp[]> {
  const apps = await Promise.all(
    all.map(async (one) => {
      const placements = await readPlacements(one, read).catch(() => []);
      return appsOf(one.skill, placements);
    }),
  );
  return apps.flat();
}

function appsOf(skill: string, placements: readonly WrittenPlacement[]): NamedApp[] {
  const without = usualEnvironments.filter(
    (one) => !placements.some(({ environment }) => environment === one),
  );
  return [
    ...without.map((environment) => ({ app: skill, skill, environment })),
    ...placements.map((placement) => ({
      app: appOf(skill, placement),
      skill,
      environment: placement.environment,
      placement,
    })),
  ];
}
