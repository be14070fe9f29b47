import type { SkillPlace } from '../manifest/skill-place.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import { readLiveSkills } from '../runs/live-skills.js';
import type { SmokeTestOptions } from './options.js';
import type { SkillReport, StageReport } from './report.js';
import { type SmokeTestResults, TestSession } from './test-session.js';

export interface SmokeTestRun {
  workspaceRoot: string;
  places: readonly SkillPlace[];
  options: SmokeTestOptions;
  env: NodeJS.ProcessEnv;
  /** Called with the platform. */
  onStart: (label: string) => void;
  onStage: (skill: string, stage: StageReport) => void;
  onSkill: (report: SkillReport) => void;
  onWarning: (message: string) => void;
}

/** Tests the skills of a run and writes its report. @throws when the platform cannot be reached */
export async function testSkills(run: SmokeTestRun): Promise<SmokeTestResults> {
  const skills = await readLiveSkills(run.options, run.workspaceRoot, run.env);
  run.onStart(skills.label);
  const session = await TestSession.start({
    ...run,
    folders: workspaceFolders(run.workspaceRoot),
    platform: skills.label,
  });
  await Promise.all(
    run.places.map(async (place) => {
      const onStage = (stage: StageReport) => run.onStage(place.skill, stage);
      run.onSkill(await session.test(place, skills, onStage));
    }),
  );
  return session.finish();
}
