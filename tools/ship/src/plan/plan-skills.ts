import {
  type App,
  type AppPlatformClient,
  type DeployResult,
  failedPlan,
  planFirst,
  planFleet,
  type SkillPlan,
  wouldChange,
} from '@odoobo/app-platform';
import { neededInstances, scheduleCost } from '@odoobo/app-platform/versions';
import { existsSync } from 'node:fs';
import { findOrphans } from '../apps/find-orphans.js';
import { showApp } from '../apps/show-app.js';
import { withProjects } from '../deploy/find-projects.js';
import { describeFreeze, findFreeze } from '../deploy/frozen.js';
import { imagesOf } from '../deploy/images.js';
import { inOrder } from '../deploy/may-replace.js';
import { describeMissing, missingWarnings } from '../deploy/missing-variables.js';
import { deployOptions } from '../deploy/options.js';
import { type DeployTask, placeHere } from '../deploy/place-tasks.js';
import type { PreparedSkill } from '../deploy/prepare.js';
import { type Preparation, prepareAll } from '../deploy/prepare-all.js';
import { wantCommits } from '../deploy/push-sources.js';
import { refusalOf } from '../deploy/refuse-dirty.js';
import { withoutUnknownRegions } from '../deploy/refuse-regions.js';
import type { Rollout } from '../manifest/rollout.js';
import { idOf } from '../manifest/skill-place.js';
import { isLocal } from '../placement/environment.js';
import { findLeftApps } from '../placement/left-apps.js';
import { lostPlacements } from '../placement/lost-placements.js';
import { earlierWave } from '../placement/waves.js';
import { connectToRunning } from '../platform/connect.js';
import { Journal } from '../records/journal.js';
import { runName } from '../records/run-name.js';
import { type WorkspaceFolders, workspaceFolders } from '../records/workspace-folders.js';
import { Rollouts } from '../rollout/rollouts.js';
import { type Sources, sourcesOf } from '../runs/sources.js';
import type { PlanOptions } from './options.js';
import type { PlannedOrphan, PlannedSkill, PlanPart } from './plan.js';
import { readRecorded } from './recorded.js';
import { readSinceDeployed, type SinceDeployed } from './since-deployed.js';

export interface PlanRun {
  workspaceRoot: string;
  tasks: readonly DeployTask[];
  /** The whole run plans all skills of the workspace. */
  plansAll: boolean;
  options: PlanOptions;
  /** Of skills whose manifests have none. */
  rolloutForAll?: Rollout | undefined;
  env: NodeJS.ProcessEnv;
  /** The source files of each skill. */
  sources: Sources;
  onWarning: (message: string) => void;
}

/**
 * Plans the skills of a run: prepares each as deploy does, and reads the platform. Nothing is written there, and a
 * stopped local platform is not started.
 *
 * A problem of one skill does not affect the others.
 * @throws if the platform cannot be read: no platform, no token
 */
export async function planSkills(run: PlanRun): Promise<PlanPart> {
  const { environment } = run.options;
  const [preparation, freeze] = await Promise.all([
    prepareAsDeploy(run),
    findFreeze({ ...run, environment }),
  ]);
  if (freeze) run.onWarning(`${describeFreeze(environment, freeze)}. Deploy needs --despite-freeze.`);
  const { complete, incomplete } = splitByMissing(preparation, run);
  const { platform, plans, orphans, refused = [] } = await planOn(run, complete);
  const failed = [
    ...incomplete,
    ...refused.map(({ skill, cause }) => failedPlan(skill, cause?.message ?? '')),
    ...preparation.failed.map(({ skill, cause }) => failedPlan(skill, cause?.message ?? '')),
  ];
  const { run: name, startedAt } = runName(run.env, 'plan');
  const since = run.options.sinceDeployed ? await sinceDeployed(run) : undefined;
  const skills = [...plans.map((plan) => withRefusal(plan, preparation, run)), ...failed].map((plan) => ({
    ...plan,
    ...ofSkill(plan, run),
    ...ofManifest(plan, preparation),
    since: since?.get(plan.skill),
  }));
  return { run: name, startedAt, environment, platform, skills, orphans };
}

/** The skill of an app that is a placement, and its wave. */
function ofSkill({ skill }: SkillPlan, { tasks }: PlanRun): Pick<PlannedSkill, 'of' | 'earlier'> {
  const task = tasks.find((one) => one.skill === skill);
  if (!task?.placement) return {};
  const earlier = earlierWave(task, tasks);
  return { of: task.placement.of, ...(earlier && { earlier: { ...earlier, skills: [...earlier.skills] } }) };
}

/** What its manifest says of the sizes by the clock, and of what it must serve. */
function ofManifest(
  { skill }: SkillPlan,
  { prepared }: Preparation,
): Pick<PlannedSkill, 'schedule' | 'load'> {
  const { request, schedule, load } = prepared.find((one) => one.request.skill === skill) ?? {};
  const cost = request && schedule && scheduleCost(request.spec, schedule, Date.now());
  const needed = request && load && neededInstances(request.spec, load);
  return { ...(cost && { schedule: cost }), ...(needed && { load: needed }) };
}

async function prepareAsDeploy(run: PlanRun): Promise<Preparation> {
  const { environment, platformUrl, baseImage, registry } = run.options;
  const options = deployOptions.parse({ environment, platformUrl, baseImage, registry });
  const folders = workspaceFolders(run.workspaceRoot);
  const images = await imagesOf(run, folders);
  const rollouts = new Rollouts(environment, run.env, folders, run.rolloutForAll);
  try {
    const placed = await placeHere(run.tasks, run);
    const prepared = await prepareAll({ ...placed, options, images, rollouts, env: run.env });
    const known = isLocal(environment) ? prepared : await wantCommits(prepared, run);
    return inOrder(known, { options });
  } finally {
    await images?.close();
  }
}

async function sinceDeployed(run: PlanRun): Promise<ReadonlyMap<string, SinceDeployed>> {
  const { tasks, workspaceRoot, sources, options } = run;
  const paths = tasks.map((task) => [task.skill, sourcesOf(task, workspaceRoot, sources)] as const);
  return readSinceDeployed({ workspaceRoot, environment: options.environment, paths: new Map(paths) });
}

/** Refusals that deploy makes before it reads the platform come first. */
function withRefusal(plan: SkillPlan, { prepared }: Preparation, { options }: PlanRun): SkillPlan {
  const skill = prepared.find(({ request }) => request.skill === plan.skill);
  const refusal = skill && wouldChange(plan) ? refusalOf(skill, { ...options, dirty: false }) : undefined;
  return refusal ? { ...plan, refusal } : plan;
}

/** Locally a skill starts without missing variables. In production deploy would send nothing. */
function splitByMissing(
  { prepared }: Preparation,
  { options, onWarning }: PlanRun,
): { complete: PreparedSkill[]; incomplete: SkillPlan[] } {
  if (isLocal(options.environment)) {
    missingWarnings(prepared.flatMap((skill) => skill.missing)).forEach(onWarning);
    return { complete: prepared, incomplete: [] };
  }
  const incomplete = prepared.filter(({ missing }) => missing.length > 0);
  return {
    complete: prepared.filter((skill) => !incomplete.includes(skill)),
    incomplete: incomplete.map(({ request, missing }) => failedPlan(request.skill, describeMissing(missing))),
  };
}

interface PlannedOn {
  platform: string;
  plans: SkillPlan[];
  orphans?: PlannedOrphan[] | undefined;
  /** Placements in a region that the account does not have. */
  refused?: readonly DeployResult[];
}

async function planOn(run: PlanRun, prepared: readonly PreparedSkill[]): Promise<PlannedOn> {
  const folders = workspaceFolders(run.workspaceRoot);
  if (isFirst(run, folders)) {
    const requests = prepared.map(({ request }) => request);
    return { platform: 'a new local platform, which deploy will start', plans: planFirst(requests) };
  }
  const { client, label } = await connectToRunning(run.options, folders, run.env);
  try {
    const recorded = readRecorded(new Journal(folders.journal), run.options.environment);
    const inRegions = await withoutUnknownRegions({ prepared: [...prepared], failed: [] }, client);
    const known = await withProjects(inRegions, client);
    const requests = known.prepared.map(({ request }) => request);
    const apps = await client.listApps();
    await warnOfLeftApps(run, apps);
    const [plans, orphans] = await Promise.all([
      planFleet(requests, { client, apps, recorded: (skill) => recorded.get(skill) }),
      planOrphans(run, client, apps),
    ]);
    return { platform: label, plans, orphans, refused: known.failed };
  } finally {
    await client.close();
  }
}

async function warnOfLeftApps({ tasks, options, onWarning }: PlanRun, apps: readonly App[]): Promise<void> {
  for (const app of await findLeftApps(tasks, options.environment, apps))
    onWarning(
      `${app} is no placement any more: all those in ${options.environment} have names. Deploy does not change it. ` +
        'To keep it, add a placement without a name; else delete it on the page of the platform.',
    );
}

/**
 * Apps that are left: of all skills, or, in a plan of some, of placements that those have lost. Undefined if the checkout does not
 * show which apps were made from its repository.
 */
async function planOrphans(
  { plansAll, tasks, workspaceRoot }: PlanRun,
  client: AppPlatformClient,
  apps: readonly App[],
): Promise<PlannedOrphan[] | undefined> {
  const orphans = plansAll
    ? (await findOrphans(apps, workspaceRoot))?.deleted
    : await lostPlacements(apps, tasks.map(idOf), workspaceRoot);
  if (!plansAll && orphans?.length === 0) return undefined;
  const asked = orphans?.map(async ({ app, skill, placement }) => {
    const { name, cost } = await showApp(client, app);
    return { app: name, skill, ...(placement !== undefined && { placement }), cost };
  });
  return asked && Promise.all(asked);
}

/** A local platform that never ran has no apps. The apps of a stopped one are unknown until it runs. */
function isFirst({ options }: PlanRun, { platform }: WorkspaceFolders): boolean {
  return isLocal(options.environment) && options.platformUrl === undefined && !existsSync(platform);
}
