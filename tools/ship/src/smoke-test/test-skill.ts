import { LiveService } from '@odoobo/app-platform';
import type { SkillManifest } from '../manifest/manifest.js';
import { readIdentity } from '../manifest/read-identity.js';
import type { SkillPlace } from '../manifest/skill-place.js';
import type { LiveSkills } from '../runs/live-skills.js';
import { redactorOf } from '../runs/redactor.js';
import { describeError } from '../terminal/describe-error.js';
import type { SmokeTestOptions } from './options.js';
import type { SkillReport, StageReport } from './report.js';
import { documentation } from './stages/documentation.js';
import { errorHandling } from './stages/error-handling.js';
import { health } from './stages/health.js';
import { metadata } from './stages/metadata.js';
import { ownStages } from './stages/own.js';
import { responseTime } from './stages/response-time.js';
import type { Finding, Stage, Subject } from './stages/stage.js';

/** The stages that every skill has to pass, in this order, before its own stages. */
export const commonStages: readonly Stage[] = [health, responseTime, metadata, errorHandling, documentation];

/** The stages that any other service has to pass. */
const httpStages: readonly Stage[] = [health, responseTime];

export interface SkillTest {
  place: SkillPlace;
  /** The live skills of the platform. */
  skills: LiveSkills;
  options: SmokeTestOptions;
  env: NodeJS.ProcessEnv;
  onStage: (stage: StageReport) => void;
  /** Sent with each request. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * Tests a live skill. All stages run, so that one report has every cause; only an unhealthy skill is not tested
 * further. Reports contain no secret of the environment.
 */
export async function testSkill(test: SkillTest): Promise<SkillReport> {
  const about = { skill: test.place.skill, startedAt: new Date().toISOString() };
  const found = await find(test);
  if ('trouble' in found) {
    const { workspaceRoot, skillRoot } = test.place;
    const wanted = commonStagesOf(readIdentity(workspaceRoot, skillRoot));
    const stages = [cannotAsk(found.trouble), ...wanted.slice(1).map(skipped)];
    stages.forEach(test.onStage);
    return { ...about, success: false, stages };
  }
  const { subject, redact } = found;
  try {
    const stages = await runStages(test, subject, redact);
    const { url, deploymentId: deployment, digest } = subject.live;
    const success = stages.every(({ status }) => status === 'passed');
    return { ...about, success, url, deployment, ...(digest && { digest }), stages };
  } finally {
    await subject.service.close();
  }
}

type Redact = (text: string) => string;

async function find({
  place,
  skills,
  options,
  env,
  headers,
}: SkillTest): Promise<{ subject: Subject; redact: Redact } | { trouble: string }> {
  try {
    const found = await skills.find(place);
    const redact = await redactorOf(place, env);
    return {
      subject: {
        ...found,
        options,
        command: place.command,
        service: new LiveService(found.live.url, { ...headers, ...found.live.headers }),
      },
      redact,
    };
  } catch (error) {
    return { trouble: describeError(error) };
  }
}

/** One after another, so that no stage slows down another. */
async function runStages(test: SkillTest, subject: Subject, redact: Redact): Promise<StageReport[]> {
  const reports: StageReport[] = [];
  for (const stage of stagesOf(subject.manifest)) {
    const report = reports[0]?.status === 'failed' ? skipped(stage) : await runStage(stage, subject, redact);
    test.onStage(report);
    reports.push(report);
  }
  return reports;
}

async function runStage({ name, test }: Stage, subject: Subject, redact: Redact): Promise<StageReport> {
  const start = performance.now();
  const { detail, problems, measures } = await test(subject).catch((error: unknown): Finding => ({
    detail: 'no answer',
    problems: [describeError(error)],
  }));
  return {
    name,
    status: problems.length === 0 ? 'passed' : 'failed',
    durationMs: Math.round(performance.now() - start),
    detail: redact(detail),
    problems: problems.map(redact),
    ...(measures && { measures }),
  };
}

function stagesOf(manifest: SkillManifest): Stage[] {
  return [...commonStagesOf(manifest), ...ownStages(manifest)];
}

function commonStagesOf({ contract }: { contract?: string }): readonly Stage[] {
  return contract === 'http' ? httpStages : commonStages;
}

function cannotAsk(trouble: string): StageReport {
  return { name: health.name, status: 'failed', durationMs: 0, detail: 'not asked', problems: [trouble] };
}

function skipped({ name }: Stage): StageReport {
  return { name, status: 'skipped', durationMs: 0, detail: 'health failed', problems: [] };
}
