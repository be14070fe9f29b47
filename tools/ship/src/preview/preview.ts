import { type App, type AppPlatformClient, type AppSpec, type Mark, markOf } from '@odoobo/app-platform';
import { repositoryOf } from '@odoobo/git-flow';
import type { SkillPlace } from '../manifest/skill-place.js';
import { appNameOf } from '../placement/app-name.js';
import type { Placement } from '../placement/placement.js';

/** The pull request that apps are previews of. */
export interface Preview {
  /** Its number. */
  pullRequest: number;
  /** The first commit of its repository: an account may hold apps of several repositories, and each has a pull request 7. */
  repository: string;
}

/**
 * The pull request with a number in this repository, even if the repository was renamed.
 * @throws if the checkout does not show which repository it belongs to
 */
export async function previewOf(pullRequest: number, workspaceRoot: string): Promise<Preview> {
  const repository = await repositoryOf({ cwd: workspaceRoot });
  if (repository !== undefined) return { pullRequest, repository };
  throw new Error(
    `A preview is found by the first commit of its repository, which ${workspaceRoot} does not have: ` +
      'it is not a git repository, or a shallow clone. Fetch the whole history: git fetch --unshallow',
  );
}

/** `<skill>-pr-<number>`; a name that is too long is cut, and a hash of the whole name makes it unique. */
export function previewName(skill: string, pullRequest: number): string {
  return appNameOf(skill, suffixOf(pullRequest));
}

/**
 * Whether an app is a preview of this pull request, by its name and its last mark.
 * @throws AppPlatformError when its deployments cannot be listed
 */
export async function isPreview(
  client: AppPlatformClient,
  app: App,
  { pullRequest, repository }: Preview,
): Promise<boolean> {
  if (!app.spec.name.endsWith(suffixOf(pullRequest))) return false;
  const mark = markOf(app.spec) ?? (await lastMark(client, app));
  return (
    mark?.repository === repository &&
    mark.preview === pullRequest &&
    previewName(mark.skill, pullRequest) === app.spec.name
  );
}

/** A later write, by hand or by another tool, may have no mark. */
async function lastMark(client: AppPlatformClient, { id }: App): Promise<Mark | undefined> {
  const deployments = await client.listDeployments(id);
  return deployments.map(({ spec }) => markOf(spec)).find((mark) => mark !== undefined);
}

/** What differs in the App Spec of a preview: one instance of each component, and nothing that only production has. */
function previewOverlay(spec: AppSpec): Record<string, unknown> {
  const lists = ['services', 'workers', 'jobs', 'static_sites', 'functions'] as const;
  const components = lists.flatMap((list) => (spec[list] ? [[list, spec[list].map(reduced)]] : []));
  return { alerts: null, egress: null, maintenance: null, ...Object.fromEntries(components) };
}

/** One instance, without alerts and log forwarding. */
function reduced(component: { name: string }): Record<string, unknown> {
  const isCounted = 'autoscaling' in component || 'instance_count' in component;
  const { name } = component;
  const single = isCounted && { autoscaling: null, instance_count: 1 };
  return { name, alerts: null, log_destinations: null, ...single };
}

/**
 * A preview is a placement of a skill, named after its pull request: reduced to what it needs to run, without the parts that only
 * production has. The official action for previews also changes its name, domains and alerts
 * (github.com/digitalocean/app_action, utils/preview.go).
 * @param file of the App Spec
 */
export function previewPlace(
  { spec, file }: { spec: AppSpec; file: string },
  skill: string,
  { pullRequest }: Pick<Preview, 'pullRequest'>,
): Pick<SkillPlace, 'skill' | 'placement'> {
  const placement: Placement = {
    of: skill,
    environment: 'preview',
    name: suffixOf(pullRequest).slice(1),
    overlay: previewOverlay(spec),
    issue: (path, message) => ({ file, path, message }),
  };
  return { skill: previewName(skill, pullRequest), placement };
}

function suffixOf(pullRequest: number): string {
  return `-pr-${pullRequest}`;
}
