import pLimit from 'p-limit';
import { workspaceFolders } from '../../environment/workspace-folders.js';
import { runName } from '../../records/run-name.js';
import { readLiveSkills } from '../live-skills.js';
import type { SkillPlace } from '../skill-root.js';
import type { SmokeTestOptions } from './options.js';
import type { SkillReport, TestReport } from './report.js';
import { ReportFiles } from './report-files.js';
import { loadValidator } from './stages/openapi.js';
import { testSkill } from './test-skill.js';

export interface SmokeTestRun {
  workspaceRoot: string;
  places: readonly SkillPlace[];
  options: SmokeTestOptions;
  environment: NodeJS.ProcessEnv;
  /** Told which platform is looked at. */
  onStart: (label: string) => void;
  onSkill: (report: SkillReport) => void;
  onWarning: (message: string) => void;
}

export interface SmokeTestResults {
  report: TestReport;
  /** Where it is, relative to the workspace root, without what the names of its files end with. */
  files: string;
}

/** Few, so that skills that share a machine are not slow for each other's tests. */
const atOnce = 4;

/**
 * Tests the skills of a run and writes its report.
 *
 * @throws when the platform cannot be reached
 */
export async function testSkills(run: SmokeTestRun): Promise<SmokeTestResults> {
  const { options, workspaceRoot, environment } = run;
  const { startedAt } = runName(environment);
  const skills = await readLiveSkills(options, workspaceRoot, environment);
  run.onStart(skills.label);
  // Before anything is measured: it keeps this process busy for a good while.
  await loadValidator();
  const files = new ReportFiles(workspaceFolders(workspaceRoot), startedAt, run.onWarning);
  const limit = pLimit(atOnce);
  const reports = await Promise.all(
    run.places.map((place) =>
      limit(async () => {
        const onStage = files.logStage(place.skill);
        const report = await testSkill({ place, skills, options, environment, onStage });
        run.onSkill(report);
        return report;
      }),
    ),
  );
  const success = reports.every((report) => report.success);
  const finishedAt = new Date().toISOString();
  const report = { startedAt, finishedAt, platform: skills.label, success, skills: reports };
  await files.publish(report);
  return { report, files: files.shownName };
}
