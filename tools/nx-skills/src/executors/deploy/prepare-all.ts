import type { DeployResult } from '@odoobo/app-platform';
import { describeError } from '../../terminal/describe-error.js';
import type { DeployOptions } from './options.js';
import { prepareSkill, type PreparedSkill } from './prepare.js';

/** A skill that a run ships. */
export interface DeployTask {
  skill: string;
  /** Relative to the workspace root. */
  skillRoot: string;
  /** Skills of the same run that must be live first. */
  after: string[];
}

export interface Preparation {
  prepared: PreparedSkill[];
  /** Skills that cannot be sent, and why. */
  failed: DeployResult[];
}

interface PrepareAllOptions {
  workspaceRoot: string;
  tasks: readonly DeployTask[];
  options: DeployOptions;
  environment: NodeJS.ProcessEnv;
}

/** Prepares all skills of a run; what is wrong with one stops that one, and those that need it. */
export async function prepareAll(run: PrepareAllOptions, commit: string | undefined): Promise<Preparation> {
  const common = {
    workspaceRoot: run.workspaceRoot,
    environment: run.environment,
    source: run.options.environment === 'local' ? ('artefact' as const) : ('as-written' as const),
    timeoutMs: run.options.timeout * 1000,
    commit,
  };
  const outcomes = await Promise.all(
    run.tasks.map((task) =>
      prepareSkill({ ...common, ...task }).catch((error: unknown) => notPrepared(task.skill, error)),
    ),
  );
  const failed = outcomes.filter((outcome) => 'outcome' in outcome);
  const prepared = outcomes.filter((outcome) => 'request' in outcome);
  return withoutOrphans({ prepared, failed });
}

/** What is wrong with the files of a skill, as its result. */
export function notPrepared(skill: string, error: unknown): DeployResult {
  return failure(skill, 'failed', 'InvalidSkill', describeError(error));
}

/** Puts every artefact where the platform finds it; a skill whose artefact does not get there is not sent. */
export async function publishAll(
  { prepared, failed }: Preparation,
  publish: (imageDirectory: string) => Promise<void>,
): Promise<Preparation> {
  const outcomes = await Promise.all(
    prepared.map((skill) =>
      publish(skill.imageDirectory).then(
        () => skill,
        (error: unknown) => couldNotBeSent(skill.request.skill, 'PublishFailed', describeError(error)),
      ),
    ),
  );
  const unpublished = outcomes.filter((outcome) => 'outcome' in outcome);
  const published = outcomes.filter((outcome) => 'request' in outcome);
  return withoutOrphans({ prepared: published, failed: [...failed, ...unpublished] });
}

/** A skill is not sent when one that must be live first cannot be. */
export function withoutOrphans({ prepared, failed }: Preparation): Preparation {
  const names = new Set(failed.map(({ skill }) => skill));
  const orphans = prepared.filter(({ request }) => request.after?.some((skill) => names.has(skill)));
  if (orphans.length === 0) return { prepared, failed };
  const skipped = orphans.map(({ request }) => {
    const needed = (request.after ?? []).filter((skill) => names.has(skill)).join(', ');
    return failure(request.skill, 'skipped', 'DependencyFailed', `it needs ${needed}, which is not live`);
  });
  return withoutOrphans({
    prepared: prepared.filter((skill) => !orphans.includes(skill)),
    failed: [...failed, ...skipped],
  });
}

/** A skill that is ready and does not get where the platform would find it. */
export function couldNotBeSent(skill: string, code: string, message: string): DeployResult {
  return failure(skill, 'failed', code, message);
}

function failure(skill: string, outcome: 'failed' | 'skipped', code: string, message: string): DeployResult {
  return {
    skill,
    outcome,
    action: 'none',
    digest: '-',
    durationMs: 0,
    cause: { code, message, logTail: [] },
  };
}
