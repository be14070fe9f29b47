import { createHmac, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isLocal } from '../placement/environment.js';
import { ownerOnly } from '../records/private-file.js';

/** The variable with the key of a team: whoever has it can follow and steer the rollouts that others have begun. */
export const rolloutKeyVariable = 'ROLLOUT_KEY';

const shortestKey = 16;

/** The secrets of a rollout. App Platform does not show secrets again, so they are made from a key and the id of the rollout. */
export interface RolloutSecrets {
  secretOf: (rollout: string) => string;
  /** A header that leads to the canary at any weight. */
  canaryHeader: (rollout: string) => { name: string; value: string };
}

/** Why production cannot have rollouts; undefined if it can. */
export function keyTrouble(env: NodeJS.ProcessEnv): string | undefined {
  const key = env[rolloutKeyVariable];
  if (key !== undefined && key.length >= shortestKey) return undefined;
  const what = key ? `is shorter than ${shortestKey} characters` : 'is not set';
  return (
    `a rollout needs a key, so that each deployer of the team can follow and steer it, and ${rolloutKeyVariable} ${what}. ` +
    `Set it in the environment of deploys, the same for all: openssl rand -hex 24`
  );
}

/** @param file where the key of this machine is kept, for the local platform */
export async function readSecrets(
  environment: string,
  env: NodeJS.ProcessEnv,
  file: string,
): Promise<RolloutSecrets> {
  const key = isLocal(environment) ? await ownKey(file) : (env[rolloutKeyVariable] ?? '');
  const derived = (text: string) => createHmac('sha256', key).update(text).digest('base64url');
  return {
    secretOf: (rollout) => derived(`router ${rollout}`),
    canaryHeader: (rollout) => ({ name: 'x-skill-canary', value: derived(`canary ${rollout}`) }),
  };
}

async function ownKey(file: string): Promise<string> {
  const known = await readKey(file);
  if (known !== undefined) return known;
  const fresh = `${file}.${process.pid}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(fresh, randomBytes(24).toString('base64url'), { mode: ownerOnly });
  try {
    // Of two deploys that make one at once, the first wins.
    await link(fresh, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(fresh, { force: true });
  }
  return (await readKey(file)) ?? '';
}

async function readKey(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
