import {
  type App,
  type AppSpec,
  checkHealth,
  type Deployment,
  liveAppOf,
  LiveService,
  type Mark,
  markOf,
  rolloutIn,
} from '@odoobo/app-platform';
import {
  type DeployedCommit,
  inputsOf,
  named,
  provideCommit,
  readDeployed,
  remoteUrl,
} from '@odoobo/git-flow';
import { isDeepStrictEqual } from 'node:util';
import { unsentCodes } from '../deploy/could-not-be-sent.js';
import type { DeployOptions } from '../deploy/options.js';
import type { PlacedTask, PlacedTasks } from '../deploy/place-tasks.js';
import { notPrepared } from '../deploy/prepare-all.js';
import { origin } from '../deploy/provenance.js';
import { findManifests } from '../manifest/find-manifests.js';
import { appSpecPathOf, loadManifest } from '../manifest/load-manifest.js';
import { idOf, type SkillPlace } from '../manifest/skill-place.js';
import type { PlacedSkills } from '../placement/place-skills.js';
import { ownPlacementsFile, sharedPlacementsFile } from '../placement/placement-files.js';
import { connect } from '../platform/connect.js';
import type { WorkspaceFolders } from '../records/workspace-folders.js';
import { suffixOf } from '../runs/live-skills.js';
import { oncePer } from '../runs/once-per.js';
import { type Promoted, PromotionError } from './promoted.js';

/** Milliseconds for what is to be promoted to answer where it is live. */
const healthMs = 30_000;

export interface PromotionRun {
  workspaceRoot: string;
  /** Of the environment that gets the artefacts. */
  options: DeployOptions & { from: string };
  /** The apps of each skill where its artefact is taken from. */
  sources: PlacedSkills;
  folders: WorkspaceFolders;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

/** An app of the environment that artefacts are taken from. */
type Source = Omit<Promoted, 'deploy'> & Pick<Mark, 'inputs'>;

/**
 * Gives each app of a run what is live, healthy and verified in the environment `from`, with its commit. An app for which there is
 * no such thing is not sent.
 * @throws AppPlatformError or GitError where the platform or the origin cannot be asked
 */
export async function findPromoted({ placed, failed }: PlacedTasks, run: PromotionRun): Promise<PlacedTasks> {
  const { workspaceRoot: cwd, options, folders, env, signal } = run;
  const platform = await connect({ ...options, environment: options.from }, folders, env, signal);
  try {
    const shared = await remoteUrl(origin, { cwd, signal });
    const [apps, verified] = await Promise.all([
      platform.client.listApps({ signal }),
      readDeployed({ cwd, signal, ...(shared !== undefined && { remote: origin }) }),
    ]);
    const promotion = new Promotion(run, new Map(apps.map((app) => [app.spec.name, app])), verified);
    const outcomes = await Promise.all(
      placed.map((task) => promotion.to(task).catch((error: unknown) => notPrepared(task.skill, error))),
    );
    return {
      placed: outcomes.flatMap((outcome) => ('outcome' in outcome ? [] : outcome)),
      failed: [...failed, ...outcomes.filter((outcome) => 'outcome' in outcome)],
    };
  } finally {
    await platform.close();
  }
}

class Promotion {
  readonly #sourceAt = oncePer(
    ({ skill }: SkillPlace) => skill,
    (place: SkillPlace) => this.#readSource(place),
  );

  constructor(
    readonly run: PromotionRun,
    readonly apps: ReadonlyMap<string, App>,
    readonly verified: readonly DeployedCommit[],
  ) {}

  /** @throws PromotionError */
  async to(task: PlacedTask): Promise<PlacedTask> {
    const { checkout } = task;
    if (!checkout)
      throw refused(`${task.workspaceRoot} is not a git checkout, so no version can be compared`);
    await refuseUncommitted(task);
    const { inputs, ...source } = await this.#sourceFor(task);
    const { commit } = source;
    const { branch: _branch, ...head } = checkout;
    const deploy = `${task.command('deploy')}${suffixOf(this.run.options)}`;
    return {
      ...task,
      checkout: { ...head, commit, dirty: false },
      uncommitted: [],
      origin: { ...task.origin, commit, inputs, dirty: false },
      promoted: { ...source, deploy },
    };
  }

  /** What is live at the placement of the same name; without one, at all of them, if that is one version. */
  async #sourceFor(task: PlacedTask): Promise<Source> {
    const all = this.run.sources.get(idOf(task)) ?? [];
    const same = all.filter(({ placement }) => placement?.name === task.placement?.name);
    const [first, ...others] = await Promise.all((same.length > 0 ? same : all).map(this.#sourceAt));
    if (!first) throw refused(`${idOf(task)} has no app in ${this.run.options.from}`);
    const other = others.find(({ artefact }) => artefact !== first.artefact);
    if (other)
      throw refused(
        `${first.app} and ${other.app} run different versions, so it is not clear which to promote`,
      );
    return first;
  }

  async #readSource(place: SkillPlace): Promise<Source> {
    const { live, app, mark, commit } = this.#liveAt(place);
    const { workspaceRoot: cwd, signal } = this.run;
    if (!(await provideCommit({ cwd, signal, commit, remote: origin })))
      throw refused(
        `${place.skill} runs commit ${commit}, which this clone does not have. Run: git fetch ${origin}`,
      );
    await this.#requireVerified(place, mark, commit);
    await this.#requireHealthy(place, app);
    const { artefact, inputs } = mark;
    return { app: place.skill, artefact, commit, inputs, images: imagesOf(live.spec) };
  }

  /** @throws PromotionError if nothing is live, or something that no commit of this repository stands for */
  #liveAt(place: SkillPlace): { app: App; live: Deployment; mark: Mark; commit: string } {
    const { skill } = place;
    const app = this.apps.get(skill);
    const live = app?.active_deployment;
    if (!app || !live)
      throw refused(`${skill} is not live. Deploy it first: ${this.#command(place, 'deploy')}`);
    if (rolloutIn(live.spec))
      throw refused(
        `a rollout of ${skill} is under way. See how far it is: ${this.#command(place, 'rollout')}`,
      );
    const mark = markOf(live.spec);
    if (!mark?.commit || mark.skill !== skill)
      throw refused(`what is live at ${skill} was not deployed from a commit of this repository`);
    if (mark.dirty)
      throw refused(
        `${skill} was deployed with uncommitted changes. Commit them, then: ${this.#command(place, 'deploy')}`,
      );
    return { app, live, mark, commit: mark.commit };
  }

  /** A deploy that has verified a version keeps its commit, or a later one with the same sources. @throws PromotionError */
  async #requireVerified(place: SkillPlace, { inputs }: Mark, commit: string): Promise<void> {
    const { workspaceRoot: cwd, signal, options } = this.run;
    const kept = this.verified.find(
      ({ environment, skill }) => environment === options.from && skill === place.skill,
    );
    if (kept?.commit === commit) return;
    if (kept && inputs) {
      const there = await inputsOf({ cwd, signal, commit: kept.commit, paths: Object.keys(inputs) });
      if (isDeepStrictEqual(there, inputs)) return;
    }
    throw notVerified(
      `no deploy has verified commit ${commit.slice(0, 12)}, which is live at ${place.skill}. Check it out, then: ${this.#command(place, 'deploy')}`,
    );
  }

  async #requireHealthy(place: SkillPlace, app: App): Promise<void> {
    const { healthPath } = await loadManifest(place.workspaceRoot, place.skillRoot);
    const { url, digest } = liveAppOf(app);
    const service = new LiveService(url);
    try {
      const { healthy, trouble = 'no answer' } = await checkHealth(service, {
        healthPath,
        digest,
        timeoutMs: healthMs,
      });
      if (healthy) return;
      throw notVerified(
        `${place.skill} is not healthy now: ${trouble}. See its log: ${this.#command(place, 'logs')}`,
      );
    } finally {
      await service.close();
    }
  }

  #command({ command }: SkillPlace, target: 'deploy' | 'logs' | 'rollout'): string {
    return `${command(target)} -c ${this.run.options.from}`;
  }
}

/** What is shipped from the checkout must be committed; the code is not. @throws PromotionError */
async function refuseUncommitted(task: PlacedTask): Promise<void> {
  const { workspaceRoot, skillRoot, skill } = task;
  const manifest = await loadManifest(workspaceRoot, skillRoot);
  const shipped = [
    appSpecPathOf(manifest),
    sharedPlacementsFile,
    ownPlacementsFile(manifest.id),
    ...findManifests(`${workspaceRoot}/${skillRoot}`).map(({ file }) => `${skillRoot}/${file}`),
  ];
  // The paths that git names are relative to the repository, in which the workspace may be a folder.
  const changed = task.uncommitted.filter((path) => shipped.some((file) => `/${path}`.endsWith(`/${file}`)));
  if (changed.length === 0) return;
  throw new PromotionError(
    unsentCodes.uncommitted,
    `${skill} gets the App Spec of this checkout, which has uncommitted changes: ${named(changed)}. Commit them, or stash them: git stash`,
  );
}

function imagesOf({ services = [], workers = [], jobs = [] }: Partial<AppSpec> = {}): Promoted['images'] {
  return new Map(
    [...services, ...workers, ...jobs].flatMap(({ name, image }) => (image ? [[name, image] as const] : [])),
  );
}

function refused(message: string): PromotionError {
  return new PromotionError(unsentCodes.nothingToPromote, message);
}

function notVerified(message: string): PromotionError {
  return new PromotionError(unsentCodes.notVerified, message);
}
