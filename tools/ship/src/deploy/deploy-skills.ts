import { deployFleet, type DeployResult } from '@odoobo/app-platform';
import type { DeployFreeze } from '@odoobo/git-flow';
import { claim } from '@odoobo/machine/claim';
import { runner } from '@odoobo/machine/package-manager';
import { join } from 'node:path';
import type { Rollout } from '../manifest/rollout.js';
import { commandOf, idOf } from '../manifest/skill-place.js';
import { isLocal } from '../placement/environment.js';
import { lostPlacements } from '../placement/lost-placements.js';
import type { PlacedSkills } from '../placement/place-skills.js';
import { connectAndKeep, type Platform } from '../platform/connect.js';
import { type Preview, previewOf } from '../preview/preview.js';
import { previewFolders } from '../preview/preview-folders.js';
import type { DeploymentRecorder } from '../records/deployment-recorder.js';
import { type WorkspaceFolders, workspaceFolders } from '../records/workspace-folders.js';
import type { SkillImages } from '../registry/skill-images.js';
import { refuseWithoutKey, Rollouts } from '../rollout/rollouts.js';
import { withAdvice } from '../runs/advice.js';
import { keepRestored } from '../runs/keep-restored.js';
import { suffixOf } from '../runs/live-skills.js';
import { oncePer } from '../runs/once-per.js';
import type { RunHooks, RunResults } from '../runs/show-deploys.js';
import type { Sources } from '../runs/sources.js';
import { reportEnded, type StartedSkill, startRecord } from '../runs/start-record.js';
import { traceHeaders } from '../trace/trace-ids.js';
import { commandsAgain } from './again.js';
import { withProjects } from './find-projects.js';
import { describeFreeze, findFreeze } from './frozen.js';
import { attestationsOf } from './image-attestations.js';
import { imagesOf, refuseWithoutLogins } from './images.js';
import { keepCommits } from './keep-commits.js';
import { leaveOthers } from './leave-others.js';
import { inOrder } from './may-replace.js';
import { missingWarnings, refuseMissing, withoutIncomplete } from './missing-variables.js';
import type { DeployOptions } from './options.js';
import { Overtaken } from './overtaken.js';
import { type DeployTask, type PlacedTasks, placeHere, placeInWorktrees } from './place-tasks.js';
import { type Preparation, prepareAll, publishAll } from './prepare-all.js';
import { origin } from './provenance.js';
import { pushSources, wantCommits } from './push-sources.js';
import { refuseDirty } from './refuse-dirty.js';
import { withoutUnknownRegions } from './refuse-regions.js';
import type { SmokeTests } from './smoke-tests.js';

/** Longest time for a live service to become healthy; the deployment's own timeout limits it further. */
const longestVerifyMs = 60_000;

export interface DeployRun extends RunHooks {
  workspaceRoot: string;
  tasks: readonly DeployTask[];
  /** The source files of each skill. */
  sources: Sources;
  options: DeployOptions;
  /** Of skills whose manifests have none. */
  rolloutForAll?: Rollout | undefined;
  /** Give to all what is rolled out, and deploy nothing else. */
  promote?: boolean;
  /** The apps of each skill in `options.from`, whose artefacts are deployed in place of what was built here. */
  sourcesOfPromotion?: PlacedSkills | undefined;
  env: NodeJS.ProcessEnv;
}

/**
 * Ships the skills of a run: prepares each, connects once, passes all to the engine and records the results.
 * @throws when the run as a whole cannot start: no platform, no token, missing variables in production
 */
export async function deploySkills(run: DeployRun): Promise<RunResults> {
  const folders = foldersOf(run);
  const images = await imagesOf(run, folders);
  try {
    return await deployWith(run, folders, images);
  } finally {
    await images?.close();
  }
}

async function deployWith(
  run: DeployRun,
  folders: WorkspaceFolders,
  images: SkillImages | undefined,
): Promise<RunResults> {
  const { options } = run;
  const tasks = await placeTasks(run, folders);
  const preview = await wantedPreview(run);
  const rollouts = preview
    ? undefined
    : new Rollouts(options.environment, run.env, folders, run.rolloutForAll);
  const [all, freeze] = await Promise.all([
    prepareAll({ ...tasks, options, images, preview, rollouts, env: run.env }),
    requireThawed(run),
  ]);
  const preparation = await mayBeSent(isLocal(options.environment) ? all : withoutIncomplete(all), run);
  const missing = preparation.prepared.flatMap((skill) => skill.missing);
  if (!isLocal(options.environment)) refuseMissing(missing);
  else missingWarnings(missing).forEach(run.onWarning);
  await refuseWithoutLogins(preparation.prepared, images);
  if (!isLocal(options.environment)) refuseWithoutKey(preparation.prepared, run.env);
  const platform = await connectAndKeep(options, folders, run.env, run);
  try {
    run.onStart(
      preview ? `${platform.label}, as previews of pull request ${preview.pullRequest}` : platform.label,
    );
    if (!preview) await warnOfLost(run, platform);
    const recorder = startRecord({
      kind: 'deploy',
      folders,
      environment: options.environment,
      env: run.env,
      by: tasks.placed.find(({ origin }) => origin.by !== undefined)?.origin.by,
      onWarning: run.onWarning,
      despiteFreeze: freeze,
      skills: startedSkills(run, tasks, preparation),
    });
    const earlier = recorder.earlierResults();
    const sent = preview
      ? await leaveOthers(preparation, platform.client, preview, run.signal)
      : await withProjects(
          await withoutUnknownRegions(preparation, platform.client, run.signal),
          platform.client,
          run.signal,
        );
    const overtaken = overtakenOf(run, tasks);
    const ready = await makeReady(run, platform, images, { preparation: sent, overtaken });
    const results = [
      ...reportEnded(ready.failed, recorder, run),
      ...(await ship(run, platform, folders, { tasks, ready, recorder, overtaken })),
    ];
    if (!preview) {
      const kept = { ...run, environment: options.environment, results };
      await keepCommits({ ...kept, placed: tasks.placed });
      await keepRestored(kept);
    }
    await recorder.finish([...earlier, ...results]);
    return { results, earlier };
  } finally {
    await platform.close();
  }
}

/**
 * Neither a preview nor the end of a rollout brings a new version to users.
 * @returns the freeze that the run is made despite
 * @throws where the environment is frozen
 */
async function requireThawed(run: DeployRun): Promise<DeployFreeze | undefined> {
  const { environment, preview, despiteFreeze } = run.options;
  if (preview !== undefined || run.promote) return undefined;
  const freeze = await findFreeze({ ...run, environment });
  if (!freeze) return undefined;
  const frozen = describeFreeze(environment, freeze);
  if (!despiteFreeze) throw new Error(`Nothing was sent: ${frozen}\nDeploy anyway: --despite-freeze`);
  run.onWarning(`${frozen}. This run deploys despite it.`);
  return freeze;
}

/** A renamed placement is a new app, and the old one goes on and costs what it did: one call, where there are placements. */
async function warnOfLost(run: DeployRun, { client }: Platform): Promise<void> {
  const { tasks, options, onWarning, signal, workspaceRoot } = run;
  if (!tasks.some(({ placement }) => placement)) return;
  const apps = await client.listApps({ signal });
  const lost = await lostPlacements(apps, tasks.map(idOf), workspaceRoot);
  if (lost.length === 0) return;
  const names = lost.map(({ app }) => app.spec.name).join(', ');
  onWarning(
    `${names}: no file has ${lost.length === 1 ? 'this placement' : 'these placements'} any more. Deploy neither changes nor deletes what is left. ` +
      `See what that costs: ${runner} nx-skills orphans${suffixOf(options)}`,
  );
}

function foldersOf({ workspaceRoot, options }: DeployRun): WorkspaceFolders {
  const { environment, preview: pullRequest } = options;
  const folders = workspaceFolders(workspaceRoot);
  return pullRequest === undefined ? folders : previewFolders(folders, { environment, pullRequest });
}

async function wantedPreview(run: DeployRun): Promise<Preview | undefined> {
  const { preview } = run.options;
  return preview === undefined ? undefined : previewOf(preview, run.workspaceRoot);
}

async function placeTasks(run: DeployRun, folders: WorkspaceFolders): Promise<PlacedTasks> {
  const { options, sourcesOfPromotion: sources } = run;
  const { from } = options;
  if (options.worktrees) return placeInWorktrees(run.tasks, run);
  const here = await placeHere(run.tasks, run);
  if (from === undefined || !sources) return here;
  const { findPromoted } = await import('../promote/find-promoted.js');
  return findPromoted(here, { ...run, options: { ...options, from }, sources, folders });
}

/** Adds the sources of each skill, and leaves out skills that must not be sent from this checkout. */
async function mayBeSent(preparation: Preparation, run: DeployRun): Promise<Preparation> {
  const { options } = run;
  if (isLocal(options.environment)) return inOrder(preparation, run);
  return inOrder(refuseDirty(await wantCommits(preparation, run), options), run);
}

function startedSkills(run: DeployRun, { placed }: PlacedTasks, { prepared }: Preparation): StartedSkill[] {
  return run.tasks.map(({ skill, placement }) => ({
    skill,
    of: placement?.of,
    digest: prepared.find(({ request }) => request.skill === skill)?.request.digest,
    checkout: placed.find((task) => task.skill === skill)?.checkout,
  }));
}

function overtakenOf({ options, env, signal }: DeployRun, { placed }: PlacedTasks): Overtaken {
  const remote = isLocal(options.environment) ? undefined : origin;
  return new Overtaken({ placed, remote, env, signal });
}

/** Publishes what the platform is to run: an artefact, an image in a registry, or a pushed branch. */
async function makeReady(
  run: DeployRun,
  { publish }: Platform,
  images: SkillImages | undefined,
  { preparation, overtaken }: { preparation: Preparation; overtaken: Overtaken },
): Promise<Preparation> {
  if (publish) {
    // The placements of a skill have one artefact.
    const publishOnce = oncePer((folder: string) => folder, publish);
    return publishAll(preparation, async ({ imageDirectory, router }) => {
      await publishOnce(imageDirectory);
      if (router) await publishOnce(router.imageDirectory);
    });
  }
  const pushed = await publishAll(preparation, async (skill) => {
    const { imaged, router } = skill;
    if (!images) return;
    if (router?.imaged) await images.push(router.imaged);
    if (!imaged) return;
    const { isNew, unattested } = await images.push(imaged, await attestationsOf(skill, imaged, run));
    if (unattested) run.onWarning(withoutAttestations(skill.request.skill, unattested));
    return { imagePushed: isNew };
  });
  return pushSources(pushed, overtaken, run.signal);
}

function withoutAttestations(skill: string, { message }: Error): string {
  return `${skill}: its image was pushed without its provenance and its list of packages. ${message}`;
}

interface Shipment {
  tasks: PlacedTasks;
  ready: Preparation;
  recorder: DeploymentRecorder;
  overtaken: Overtaken;
}

async function ship(
  run: DeployRun,
  platform: Platform,
  folders: WorkspaceFolders,
  { tasks, ready, recorder, overtaken }: Shipment,
): Promise<DeployResult[]> {
  const unverified = recorder.unverified();
  const requests = ready.prepared.map(({ request }) => ({
    ...request,
    unverified: unverified.get(request.skill),
    retry: run.options.retry,
    promote: run.promote,
    leaveWaiting: run.options.leaveWaiting,
  }));
  const pushed = new Set(
    ready.prepared.flatMap(({ request, imagePushed }) => (imagePushed ? request.skill : [])),
  );
  const complete = (result: DeployResult): DeployResult =>
    withAdvice(
      pushed.has(result.skill) ? { ...result, imagePushed: true } : result,
      run.options.preview === undefined
        ? commandsAgain({ command: commandOf(run.tasks, result.skill) }, run.options)
        : undefined,
    );
  const testsCanaries = requests.some(({ rollout }) => rollout?.canaryHeader);
  const tests =
    run.options.smokeTest || testsCanaries ? await smokeTestsOf(run, platform, folders, tasks) : undefined;
  const results = await deployFleet(requests, {
    client: platform.client,
    pollIntervalMs: platform.pollIntervalMs,
    maxAtOnce: run.options.maxAtOnce,
    maxFailedPercent: run.options.maxFailed,
    healthHeaders: (skill) => traceHeaders(recorder.run, skill),
    verifyTimeoutMs: Math.min(longestVerifyMs, run.options.timeout * 1000),
    ...(tests && run.options.smokeTest && { smokeTest: tests.smokeTest }),
    ...(tests && { canaryTest: tests.smokeTest }),
    signal: run.signal,
    onEvent: (event) =>
      overtaken.pass(
        event.type === 'finished' ? { ...event, result: complete(event.result) } : event,
        (passed) => {
          recorder.event(passed);
          run.onEvent(passed);
        },
      ),
    claim: (skill, signal) => claim(join(folders.claims, `${platform.name}-${skill}.jsonl`), { signal }),
  });
  await tests?.finish();
  return Promise.all(results.map((result) => overtaken.result(complete(result))));
}

async function smokeTestsOf(
  { options, env, onWarning }: DeployRun,
  { label: platform }: Platform,
  folders: WorkspaceFolders,
  { placed: places }: PlacedTasks,
): Promise<SmokeTests> {
  const { startSmokeTests } = await import('./smoke-tests.js');
  return startSmokeTests({ folders, places, target: options, env, platform, onWarning });
}
