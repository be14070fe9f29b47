import { type App, type AppPlatformClient, type AppSpec, type Mark, markOf } from '@odoobo/app-platform';
import { repositoryOf } from '@odoobo/git-flow';
import { appNameOf } from '../placement/app-name.js';

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

/**
 * The App Spec of a skill's preview: reduced to what it needs to run, without the parts that only production has. The official
 * action for previews also changes its name, domains and alerts (github.com/digitalocean/app_action, utils/preview.go).
 */
export function previewSpec(
  spec: AppSpec,
  skill: string,
  { pullRequest }: Pick<Preview, 'pullRequest'>,
): AppSpec {
  const preview: AppSpec = { ...spec, name: previewName(skill, pullRequest) };
  for (const field of ['alerts', 'egress', 'maintenance'] as const) delete preview[field];
  for (const list of ['services', 'workers', 'jobs', 'static_sites', 'functions'] as const)
    Object.assign(preview, spec[list] && { [list]: spec[list].map(reduced) });
  return withoutDomains(preview);
}

/** The App Spec of another app than the one that the domains of the App Spec belong to. */
export function withoutDomains({ domains: _domains, ...spec }: AppSpec): AppSpec {
  return spec.ingress ? { ...spec, ingress: ingressWithoutDomains(spec.ingress) } : spec;
}

type ListOf<K extends keyof AppSpec> = NonNullable<AppSpec[K]> extends readonly (infer C)[] ? C : never;
type Component = ListOf<'services' | 'workers' | 'jobs' | 'static_sites' | 'functions'>;

/** The component with one instance, without alerts and log forwarding. */
function reduced(component: Component): Component {
  const { alerts: _alerts, log_destinations: _logs, ...kept } = component;
  if (!('autoscaling' in kept || 'instance_count' in kept)) return kept;
  const { autoscaling: _scaling, ...single } = { autoscaling: undefined, ...kept };
  return { ...single, instance_count: 1 };
}

type Ingress = NonNullable<AppSpec['ingress']>;

/** A preview has no domain that a rule could match; a rule that only redirects from a domain would redirect everything. */
function ingressWithoutDomains(ingress: Ingress): Ingress {
  const rules = ingress.rules?.filter(({ match, redirect }) => !(match?.authority && redirect));
  if (!rules) return ingress;
  return {
    ...ingress,
    rules: rules.map((rule) => {
      const { authority: _authority, ...match } = rule.match ?? {};
      return rule.match ? { ...rule, match } : rule;
    }),
  };
}

function suffixOf(pullRequest: number): string {
  return `-pr-${pullRequest}`;
}
