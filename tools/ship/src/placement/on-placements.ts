import type { RunTasks, RunWorkspace } from '../commands/run.js';
import type { SkillPlace } from '../manifest/skill-place.js';
import { failedRun, type RunEnd, type SkillOutcome } from '../runs/run-end.js';
import { findPlaces, type PlacedSkills, placeSkills } from './place-skills.js';

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
    const { environment = 'local', preview } = options as { environment?: string; preview?: unknown };
    // A preview is an app of its pull request, whatever placements there are.
    if (preview !== undefined) return run(tasks, options, workspace, ...rest);
    try {
      const placed = await placeSkills(tasks.places, environment);
      if (!isPlaced(placed)) return await run(tasks, options, workspace, ...rest);
      const places = await findPlaces(workspace.places, environment);
      const end = await run(placedTasks(tasks, placed), options, { ...workspace, places }, ...rest);
      return { ...end, outcomes: bySkill(tasks, placed, end.outcomes) };
    } catch (error) {
      return failedRun(tasks.skills, error);
    }
  };
}

function isPlaced(placed: PlacedSkills): boolean {
  return [...placed.values()].some((places) => places.some(({ placement }) => placement !== undefined));
}

function placedTasks(tasks: RunTasks, placed: PlacedSkills): RunTasks {
  const appsOf = (skill: string) => placed.get(skill) ?? [];
  const places = tasks.skills.flatMap(appsOf);
  const after = tasks.skills.flatMap((skill) => {
    const needed = (tasks.after.get(skill) ?? []).flatMap((other) => namesOf(appsOf(other)));
    return namesOf(appsOf(skill)).map((app): [string, string[]] => [app, needed]);
  });
  return { ...tasks, skills: namesOf(places), places, after: new Map(after) };
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
      if (ended.length === 0) return [];
      const output = ended.map((one) => one.output).join('');
      return [[skill, { success: ended.every(({ success }) => success), output }]];
    }),
  );
}
