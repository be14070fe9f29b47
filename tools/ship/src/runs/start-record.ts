import type { DeployEvent, DeployResult } from '@odoobo/app-platform';
import type { Checkout, DeployFreeze } from '@odoobo/git-flow';
import { pipelineOf } from '../deploy/deployer.js';
import { DeploymentRecorder } from '../records/deployment-recorder.js';
import { runName } from '../records/run-name.js';
import type { WorkspaceFolders } from '../records/workspace-folders.js';

/** The runs that change what is live. */
export type ChangeKind = 'deploy' | 'rollback' | 'restart' | 'scale';

export interface StartRecordOptions {
  kind: ChangeKind;
  folders: WorkspaceFolders;
  environment: string;
  env: NodeJS.ProcessEnv;
  /** The skills of the run. */
  skills: readonly StartedSkill[];
  /** Who has started it, as far as known. */
  by?: string | undefined;
  /** The freeze that the run is made despite. */
  despiteFreeze?: DeployFreeze | undefined;
  onWarning: (message: string) => void;
}

/** A skill, with what is known when its run starts. */
export interface StartedSkill {
  skill: string;
  /** The skill, if this is the app of a placement. */
  of?: string | undefined;
  digest?: string | undefined;
  /** Undefined if the workspace is not a git checkout. */
  checkout: Checkout | undefined;
}

/** Begins the records of a run that changes what is live. */
export function startRecord(options: StartRecordOptions): DeploymentRecorder {
  const { kind, folders, environment, env, by, despiteFreeze, onWarning } = options;
  const skills = options.skills.map(({ skill, of, digest, checkout }) => [
    skill,
    { ...(of !== undefined && { of }), ...(digest !== undefined && { digest }), ...checkout },
  ]);
  const description = {
    ...runName(env, kind),
    environment,
    by,
    pipeline: pipelineOf(env),
    skills: Object.fromEntries(skills),
    ...(despiteFreeze && { despite_freeze: despiteFreeze }),
  };
  const recorder = new DeploymentRecorder(folders, description, onWarning);
  recorder.start();
  return recorder;
}

/** Reports skills that ended before anything was sent. */
export function reportEnded(
  results: readonly DeployResult[],
  recorder: DeploymentRecorder,
  { onEvent }: { onEvent: (event: DeployEvent) => void },
): readonly DeployResult[] {
  for (const result of results) {
    const at = new Date().toISOString();
    const event: DeployEvent = { type: 'finished', at, skill: result.skill, result };
    recorder.event(event);
    onEvent(event);
  }
  return results;
}
