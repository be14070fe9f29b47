import { rolloutOf, type RouterOrder, type RouterState, steerRollout } from '@odoobo/app-platform';
import type { SkillPlace } from '../manifest/skill-place.js';
import { isLocal } from '../placement/environment.js';
import { connectToRunning } from '../platform/connect.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import { describeError } from '../terminal/describe-error.js';
import type { RolloutOptions } from './options.js';
import { recordedRollouts } from './recorded-rollouts.js';
import { keyTrouble, readSecrets } from './rollout-key.js';

export interface SteeredSkill {
  skill: string;
  /** Undefined if no rollout of it is under way. */
  state?: RouterState;
  /** Why its routers could not be asked, or refused. */
  trouble?: string;
  /** The recorded rollout has ended, or there was none: what is under way now was left alone. */
  leftAlone?: boolean;
}

export interface SteerRun {
  workspaceRoot: string;
  places: readonly SkillPlace[];
  options: RolloutOptions;
  env: NodeJS.ProcessEnv;
  /** Undefined to ask only. */
  order: RouterOrder['do'] | undefined;
  signal: AbortSignal;
  onStart: (label: string) => void;
}

/**
 * Asks the routers of skills how far their rollouts are, or tells them what to do. Writes nothing on the platform.
 * @throws if the platform cannot be read; in production without the key of the team
 */
export async function steerSkills(run: SteerRun): Promise<SteeredSkill[]> {
  const { options, env, places, order, signal } = run;
  const { environment, because } = options;
  const trouble = isLocal(environment) ? undefined : keyTrouble(env);
  if (trouble !== undefined) throw new Error(trouble);
  const folders = workspaceFolders(run.workspaceRoot);
  const { secretOf } = await readSecrets(environment, env, folders.rolloutKey);
  const recorded = options.recorded ? recordedRollouts(folders) : undefined;
  const { client, label } = await connectToRunning(options, folders, env);
  try {
    run.onStart(label);
    const apps = new Map((await client.listApps({ signal })).map((app) => [app.spec.name, app]));
    const told = order && { do: order, ...(because !== undefined && { because }) };
    return await Promise.all(
      places.map(async ({ skill }) => {
        const app = apps.get(skill);
        const canary = rolloutOf(app);
        if (recorded && canary?.rollout !== recorded.get(skill)) return { skill, leftAlone: true };
        if (!app || !canary) return { skill };
        try {
          return { skill, state: await steerRollout(app, secretOf, told, signal) };
        } catch (error) {
          return { skill, trouble: describeError(error) };
        }
      }),
    );
  } finally {
    await client.close();
  }
}
