import { checkHealth, type HealthReport, LiveService } from '@odoobo/app-platform';
import pLimit from 'p-limit';
import type { SkillPlace } from '../manifest/skill-place.js';
import { Recorder } from '../records/recorder.js';
import { runName } from '../records/run-name.js';
import type { TaskOutcome } from '../records/task-record.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import { type LiveSkills, readLiveSkills, suffixOf } from '../runs/live-skills.js';
import { describeError } from '../terminal/describe-error.js';
import type { HealthcheckOptions } from './options.js';

export interface HealthcheckRun {
  workspaceRoot: string;
  places: readonly SkillPlace[];
  options: HealthcheckOptions;
  env: NodeJS.ProcessEnv;
  /** Called with the platform's label. */
  onStart: (label: string) => void;
  /** Called when the check of a skill begins. */
  onAsk: (skill: string) => void;
  /** Called when an attempt fails. */
  onTrouble: (skill: string, trouble: string) => void;
  /** Called when the health of a skill is known. */
  onAnswer: (skill: string) => void;
  onWarning: (message: string) => void;
}

/** The health of a skill. */
export interface SkillHealth {
  skill: string;
  /** Undefined if nothing was live. */
  report?: HealthReport;
  /** What is wrong, and what to do; undefined if the skill is healthy. */
  trouble?: string;
}

/** How many skills are checked at once: each takes a connection. */
const atOnce = 64;

/**
 * Checks the health of the skills of a run in parallel, and records the results.
 * @throws when the platform cannot be reached
 */
export async function checkSkills(run: HealthcheckRun): Promise<SkillHealth[]> {
  const skills = await readLiveSkills(run.options, run.workspaceRoot, run.env);
  run.onStart(skills.label);
  const name = runName(run.env, 'healthcheck');
  const recorder = new Recorder(workspaceFolders(run.workspaceRoot), name, run.onWarning);
  const limit = pLimit(atOnce);
  const results = await Promise.all(
    run.places.map((place) =>
      limit(async () => {
        run.onAsk(place.skill);
        const health = await checkSkill(run, skills, place);
        run.onAnswer(place.skill);
        recorder.record(checked(health, run.options.environment));
        return health;
      }),
    ),
  );
  await recorder.close();
  return results;
}

function checked({ skill, report, trouble }: SkillHealth, environment: string): TaskOutcome {
  const healthy = report?.healthy ?? false;
  const { url, attempts, reply } = report ?? {};
  const answer = { statusCode: reply?.status, responseMs: reply && Math.round(reply.milliseconds) };
  return {
    type: 'checked',
    skill,
    environment,
    healthy,
    url,
    ...answer,
    attempts,
    trouble: report ? report.trouble : trouble,
  };
}

async function checkSkill(run: HealthcheckRun, skills: LiveSkills, place: SkillPlace): Promise<SkillHealth> {
  const { skill } = place;
  try {
    const { manifest, live } = await skills.find(place);
    const service = new LiveService(live.url);
    try {
      const report = await checkHealth(service, {
        healthPath: manifest.healthPath,
        digest: live.digest,
        timeoutMs: run.options.timeout * 1000,
        onTrouble: (trouble) => run.onTrouble(skill, trouble),
      });
      return { skill, report, ...(report.healthy ? {} : { trouble: unhealthy(place, report, run.options) }) };
    } finally {
      await service.close();
    }
  } catch (error) {
    return { skill, trouble: describeError(error) };
  }
}

function unhealthy(
  { skill, command }: SkillPlace,
  { url, trouble, attempts }: HealthReport,
  options: HealthcheckOptions,
): string {
  const tries = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  return (
    `${skill} is not healthy after ${options.timeout} s and ${tries}: GET ${url}: ${trouble ?? 'no answer'}.\n` +
    `  See its log: ${command('logs')}${suffixOf(options)}`
  );
}
