import type { AppSpec, DeployRequest } from '@odoobo/app-platform';
import type { PlacedTask } from './place-tasks.js';
import { origin } from './provenance.js';
import { addressOf, areSameRepository, isRepositoryAt, nameOfRepository } from './repository.js';

/** A component that App Platform builds from a branch. */
interface GitSource {
  component: string;
  branch: string;
  /** `owner/repository` on a git host, or the URL of any repository. */
  repository: string;
  /** Undefined for a URL. */
  host: string | undefined;
}

/** A source whose repository is a remote of this checkout. */
export interface OwnSource extends GitSource {
  /** Name of the remote. */
  remote: string;
}

/**
 * Finds the sources of a skill that are this repository, so that the platform can build the commit that is checked out.
 * A warning names sources in other repositories.
 * @param remotes URLs, by name
 * @throws if another repository is named by mistake: by a variable, or in a fork
 */
export function findRemotes(
  { request, task, written }: { request: DeployRequest; task: PlacedTask; written: AppSpec },
  remotes: ReadonlyMap<string, string>,
  onWarning: (message: string) => void,
): OwnSource[] {
  if (!task.checkout) return [];
  const texts = new Map(gitSources(written).map(({ component, repository }) => [component, repository]));
  return gitSources(request.spec).flatMap((source) => {
    const remote = remoteOf(source, remotes);
    if (remote !== undefined) return [{ ...source, remote }];
    refuseMistake(source, texts.get(source.component) ?? '', remotes);
    onWarning(
      `${request.skill}: App Platform builds ${source.repository}, branch ${source.branch}, which is not a remote of this checkout (${shown(remotes)}). Nothing is pushed there: the content of that branch goes live`,
    );
    return [];
  });
}

/** Prefers `origin` to all others. */
function remoteOf(source: GitSource, remotes: ReadonlyMap<string, string>): string | undefined {
  const names = [...remotes.keys()].sort((one, other) => Number(other === origin) - Number(one === origin));
  return names.find((name) => isSource(source, remotes.get(name) ?? ''));
}

function isSource({ repository, host }: GitSource, url: string): boolean {
  return host === undefined ? areSameRepository(url, repository) : isRepositoryAt(url, host, repository);
}

/**
 * A spec that names another repository literally, under another name, does so on purpose; everything else should be
 * this repository.
 */
function refuseMistake(
  { repository, branch }: GitSource,
  text: string,
  remotes: ReadonlyMap<string, string>,
): void {
  const origin = remotes.get('origin');
  if (origin === undefined) return;
  const [, variable] = /\$\{(\w+)/.exec(text) ?? [];
  if (variable === undefined && nameOfRepository(repository) !== nameOfRepository(origin)) return;
  const correct = variable === undefined ? 'name this one in the App Spec' : `correct ${variable}`;
  throw new Error(
    `App Platform would build ${repository}, branch ${branch}, but this checkout is of another repository (${shown(remotes)}), so it was not deployed. Deploy from a clone of ${repository}, or ${correct}, or add it as a remote: git remote add upstream <URL of ${repository}>`,
  );
}

/** The remotes without users and passwords. */
function shown(remotes: ReadonlyMap<string, string>): string {
  if (remotes.size === 0) return 'it has no remote';
  return [...remotes]
    .map(([name, url]) => {
      const { host, path } = addressOf(url);
      return `${name}: ${host === undefined ? path : `${host}/${path}`}`;
    })
    .join(', ');
}

const hosts = { github: 'github.com', gitlab: 'gitlab.com', bitbucket: 'bitbucket.org' } as const;

/** The components of a spec that App Platform builds from branches. */
export function gitSources(spec: AppSpec): GitSource[] {
  const { services = [], workers = [], jobs = [], static_sites: sites = [], functions = [] } = spec;
  return [...services, ...workers, ...jobs, ...sites, ...functions].flatMap((component) => {
    const { name, git } = component;
    const hosted = (['github', 'gitlab', 'bitbucket'] as const).flatMap((kind) => {
      const { repo, branch } = component[kind] ?? {};
      return repo && branch ? [{ component: name, branch, repository: repo, host: hosts[kind] }] : [];
    });
    const { repo_clone_url: url, branch } = git ?? {};
    return url && branch
      ? [...hosted, { component: name, branch, repository: url, host: undefined }]
      : hosted;
  });
}
