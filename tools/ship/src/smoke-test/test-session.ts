import pLimit from 'p-limit';
import type { SkillPlace } from '../manifest/skill-place.js';
import { Recorder } from '../records/recorder.js';
import { runName } from '../records/run-name.js';
import type { TaskOutcome } from '../records/task-record.js';
import type { WorkspaceFolders } from '../records/workspace-folders.js';
import type { LiveSkills } from '../runs/live-skills.js';
import type { SmokeTestOptions } from './options.js';
import type { SkillReport, StageReport, TestReport } from './report.js';
import { ReportFiles } from './report-files.js';
import { loadValidator } from './stages/openapi.js';
import { testSkill } from './test-skill.js';

export interface TestSessionOptions {
  /** Folders for its report and its records. */
  folders: WorkspaceFolders;
  options: SmokeTestOptions;
  env: NodeJS.ProcessEnv;
  /** `the local platform (http://127.0.0.1:4100)` */
  platform: string;
  onWarning: (message: string) => void;
  /** Sent with each request to a skill, in addition to its own; none by default. */
  headersFor?: (skill: string) => Readonly<Record<string, string>>;
}

export interface SmokeTestResults {
  report: TestReport;
  /** The path of the report files, relative to the workspace root, without their endings. */
  files: string;
}

/** Few, so that tests of skills on one machine do not slow each other down. */
const atOnce = 4;

/** The smoke tests of a run, all at once or as its skills go live, with one report and one set of records. */
export class TestSession {
  readonly #startedAt: string;
  readonly #files: ReportFiles;
  readonly #recorder: Recorder;
  readonly #limit = pLimit(atOnce);
  readonly #reports: SkillReport[] = [];

  private constructor(readonly session: TestSessionOptions) {
    const run = runName(session.env, 'smoke-test');
    this.#startedAt = run.startedAt;
    const { folders } = session;
    this.#files = new ReportFiles(folders, this.#startedAt, session.onWarning);
    this.#recorder = new Recorder(folders, run, session.onWarning);
  }

  static async start(session: TestSessionOptions): Promise<TestSession> {
    // Before anything is measured, because it keeps this process busy for a while.
    await loadValidator();
    return new TestSession(session);
  }

  /** The path of the report files, relative to the workspace root, without their endings. */
  get shownName(): string {
    return this.#files.shownName;
  }

  /**
   * Tests a skill as soon as a slot is free.
   * @param onStageEnd called with each stage that has ended
   */
  test(
    place: SkillPlace,
    skills: LiveSkills,
    onStageEnd: (stage: StageReport) => void = () => {},
  ): Promise<SkillReport> {
    const { options, env, headersFor } = this.session;
    return this.#limit(async () => {
      const log = this.#files.logStage(place.skill);
      const onStage = (stage: StageReport) => {
        log(stage);
        onStageEnd(stage);
      };
      const report = await testSkill({
        place,
        skills,
        options,
        env,
        onStage,
        headers: headersFor?.(place.skill),
      });
      this.#reports.push(report);
      this.#recorder.record(tested(report, options.environment, this.#files.shownName));
      return report;
    });
  }

  /** Writes the report. */
  async finish(): Promise<SmokeTestResults> {
    const success = this.#reports.every((report) => report.success);
    const report = {
      startedAt: this.#startedAt,
      finishedAt: new Date().toISOString(),
      platform: this.session.platform,
      success,
      skills: this.#reports,
    };
    await this.#files.publish(report);
    await this.#recorder.close();
    return { report, files: this.#files.shownName };
  }
}

function tested(report: SkillReport, environment: string, files: string): TaskOutcome {
  const { skill, success, url, deployment, digest, stages } = report;
  const failedStages = stages.filter(({ status }) => status === 'failed').map(({ name }) => name);
  const about = { url, deployment, digest, failedStages, report: files };
  return { type: 'tested', skill, environment, success, ...about };
}
