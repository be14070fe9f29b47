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
 * Placements of a skill whose app has the name of another app: of another placement, or of another skill. All environments but
 * the local platform count as one account.
 */
export async function sharedNameIssues(skill: string, all: readonly Skill[]): Promise<AppSpecFileIssue[]> {
  const apps = await allApps(all);
  return apps.flatMap((one) => {
    const other = apps.find((another) => another !== one && isShared(one, another));
    if (!other || one.skill !== skill) return [];
    const whose = `the app "${one.app}" is also that of ${other.skill} in ${other.environment}${nameOf(other)}`;
    return one.placement?.issue('', `${whose}. Give one of them another name`) ?? [];
  });
}

/** @throws AppSpecError with every placement of these skills whose app has the name of another one */
export async function refuseSharedApps(skills: readonly string[], all: readonly Skill[]): Promise<void> {
  const issues = await Promise.all(skills.map((skill) => sharedNameIssues(skill, all)));
  if (issues.flat().length > 0) throw new AppSpecError(issues.flat());
}

function isShared(one: NamedApp, other: NamedApp): boolean {
  return one.app === other.app && isLocal(one.environment) === isLocal(other.environment);
}

function nameOf({ placement }: NamedApp): string {
  return placement?.name === undefined ? '' : `, placement "${placement.name}"`;
}

/** Files of other skills that are wrong are reported when those are used. */
async function allApps(all: readonly Skill[]): Promise<NamedApp[]> {
  const read = readPlacementsOnce();
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
