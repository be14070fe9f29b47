import { abortRollouts, type DeployResult } from '@odoobo/app-platform';
import { readCheckout, repositoryOf } from '@odoobo/git-flow';
import { claim } from '@odoobo/machine/claim';
import { join } from 'node:path';
import { loadManifest } from '../manifest/load-manifest.js';
import { commandOf, type SkillPlace } from '../manifest/skill-place.js';
import { placedOrigin } from '../placement/placement.js';
import { connectAndKeep } from '../platform/connect.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import { adviseEvent, withAdvice } from '../runs/advice.js';
import { suffixOf } from '../runs/live-skills.js';
import { redactorOf } from '../runs/redactor.js';
import type { RunHooks, RunResults } from '../runs/show-deploys.js';
import { startRecord } from '../runs/start-record.js';
import { traceHeaders } from '../trace/trace-ids.js';
import type { RolloutOptions } from './options.js';
import { recordedRollouts } from './recorded-rollouts.js';
import { readSecrets } from './rollout-key.js';

export interface AbortSkillsRun extends RunHooks {
  workspaceRoot: string;
  places: readonly SkillPlace[];
  options: RolloutOptions;
  env: NodeJS.ProcessEnv;
}

/**
 * Ends the rollouts of skills without their new versions, and records the results.
 * @throws when the run as a whole cannot start: no platform, no token, a manifest with errors
 */
export async function abortSkills(run: AbortSkillsRun): Promise<RunResults> {
  const { options, workspaceRoot, places, env, signal } = run;
  const { environment, because = 'a person aborted it', timeout } = options;
  const folders = workspaceFolders(workspaceRoot);
  const origin = { repository: await repositoryOf({ cwd: workspaceRoot, signal }) };
  const checkout = await readCheckout(workspaceRoot);
  // Without the key of the team the routers do not obey, but the write ends the rollout.
  const { secretOf } = await readSecrets(environment, env, folders.rolloutKey);
  const recorded = options.recorded ? recordedRollouts(folders) : undefined;
  const requests = await Promise.all(
    places.map(async ({ skill, workspaceRoot: root, skillRoot, placement }) => {
      const { healthPath } = await loadManifest(root, skillRoot);
      const only = recorded && { only: recorded.get(skill) ?? '' };
      const own = { ...origin, ...placedOrigin(placement) };
      return { skill, healthPath, timeoutMs: timeout * 1000, origin: own, secretOf, because, ...only };
    }),
  );
  const redactors = await Promise.all(places.map((place) => redactorOf(place, env)));
  const platform = await connectAndKeep(options, folders, env, run);
  try {
    run.onStart(platform.label);
    const skills = places.map(({ skill, placement }) => ({ skill, of: placement?.of, checkout }));
    const recorder = startRecord({ ...run, kind: 'rollback', folders, environment, skills });
    const suffix = suffixOf(options);
    const advise = (skill: string) => commandOf(places, skill, suffix);
    const results: DeployResult[] = await abortRollouts(requests, {
      client: platform.client,
      pollIntervalMs: platform.pollIntervalMs,
      signal,
      healthHeaders: (skill) => traceHeaders(recorder.run, skill),
      redact: (text) => redactors.reduce((shown, redact) => redact(shown), text),
      onEvent: (event) => {
        const advised = adviseEvent(event, advise(event.skill));
        recorder.event(advised);
        run.onEvent(advised);
      },
      claim: (skill, within) =>
        claim(join(folders.claims, `${platform.name}-${skill}.jsonl`), { signal: within }),
    });
    await recorder.finish(results);
    return { results: results.map((result) => withAdvice(result, advise(result.skill))), earlier: [] };
  } finally {
    await platform.close();
  }
}
