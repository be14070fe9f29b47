import type { RunTasks, RunWorkspace } from '../commands/run.js';
import type { SkillPlace } from '../manifest/skill-place.js';
import { failedRun, type RunEnd, type SkillOutcome } from '../runs/run-end.js';
import { findPlaces, type PlacedSkills, placeSkills } from './place-skills.js';
import type { Selection } from './selection.js';
import { refuseSharedApps } from './shared-names.js';

type Run<Rest extends unknown[]> = (
  tasks: RunTasks,
  options: unknown,
  workspace: RunWorkspace,
  ...rest: Rest
) => Promise<RunEnd>;

/**
 * Gives a run the apps of its skills in its environment, in place of the skills: each has a name, a record and a result of its
 * own. The outcome of a skill is that of all its apps.
 */
export function onPlacements<Rest extends unknown[]>(run: Run<Rest>): Run<Rest> {
  return async (tasks, options, workspace, ...rest) => {
    const {
      environment = 'local',
      preview,
      placements,
      tenants,
    } = options as Partial<Selection> & { preview?: unknown };
    const selection = { environment, placements, tenants };
    // A preview is an app of its pull request, whatever placements there are.
    if (preview !== undefined) return run(tasks, options, workspace, ...rest);
    try {
      const placed = await placeSkills(tasks.places, selection);
      if (!isPlaced(placed)) return await run(tasks, options, workspace, ...rest);
      const { skills } = tasks;
      await refuseSharedApps(skills, workspace.places);
      const places = await findPlaces(workspace.places, selection);
      const expected = await countApps(tasks, selection);
      const apps = { ...placedTasks(tasks, placed), expected };
      const end = await run(apps, options, { ...workspace, places }, ...rest);
      return { ...end, outcomes: bySkill(tasks, placed, end.outcomes) };
    } catch (error) {
      return failedRun(tasks.skills, error);
    }
  };
}

/** How many apps the whole run has: these, and those of other batches of Nx. */
async function countApps({ places, ofRun }: RunTasks, selection: Selection): Promise<number> {
  return (await findPlaces(ofRun?.() ?? places, selection)).length;
}

function isPlaced(placed: PlacedSkills): boolean {
  return [...placed.values()].some((places) => places.some(({ placement }) => placement !== undefined));
}

function placedTasks(tasks: RunTasks, placed: PlacedSkills): RunTasks {
  const appsOf = (skill: string) => placed.get(skill) ?? [];
  const places = tasks.skills.flatMap(appsOf);
  const after = tasks.skills.flatMap((skill) => {
    const needed = tasks.after.get(skill) ?? [];
    return appsOf(skill).map((app): [string, string[]] => [
      app.skill,
      needed.flatMap((other) => namesOf(beside(app, appsOf(other)))),
    ]);
  });
  return { ...tasks, skills: namesOf(places), places, after: new Map(after) };
}

/** The apps of a skill that an app of another one needs: the one at the same placement, or all. */
function beside({ placement }: SkillPlace, apps: readonly SkillPlace[]): readonly SkillPlace[] {
  const same = apps.filter((app) => app.placement?.name === placement?.name);
  return same.length > 0 ? same : apps;
}

function namesOf(places: readonly SkillPlace[]): string[] {
  return places.map(({ skill }) => skill);
}

function bySkill(
  { skills }: RunTasks,
  placed: PlacedSkills,
  outcomes: RunEnd['outcomes'],
): RunEnd['outcomes'] {
  return new Map(
    skills.flatMap((skill): [string, SkillOutcome][] => {
      const ended = namesOf(placed.get(skill) ?? []).flatMap((app) => outcomes.get(app) ?? []);
      if (placed.get(skill)?.length === 0) return [[skill, notSelected(skill)]];
      if (ended.length === 0) return [];
      const output = ended.map((one) => one.output).join('');
      return [[skill, { success: ended.every(({ success }) => success), output }]];
    }),
  );
}

function notSelected(skill: string): SkillOutcome {
  return { success: true, output: `${skill} has none of these placements\n` };
}
