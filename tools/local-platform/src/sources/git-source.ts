import { hasPlaceholder } from '@odoobo/app-platform/spec';
import { runner } from '@odoobo/machine/package-manager';
import { DeploymentFailure } from '../deployments/failure.js';
import { isCloneUrl, withoutCredentials } from './clone-url.js';
import { readRepositories } from './repositories.js';
import type { SourceComponent } from './source.js';

export const gitHosts = ['github', 'gitlab', 'bitbucket'] as const;

/** A branch of a repository, where it is found on this machine. */
export interface Branch {
  /** To clone from; may hold credentials. */
  url: string;
  /** Undefined for the repository's default branch. */
  branch: string | undefined;
  /** For people: `github/owner/name`, or the URL without credentials. */
  shown: string;
}

/** The component's git host, its repository and branch there. */
export function hostedSourceOf(component: SourceComponent) {
  const host = gitHosts.find((one) => component[one] !== undefined);
  const source = host && component[host];
  return host && source ? { host, ...source } : undefined;
}

/** The parts of a git source that cannot be cloned here, each in words that begin with the field. */
export function gitGaps({ git }: SourceComponent): string[] {
  const { repo_clone_url: url = '' } = git ?? {};
  return url === '' || hasPlaceholder(url) || isCloneUrl(url)
    ? []
    : ['git/repo_clone_url: expected a path, or a URL that begins with file:, https: or ssh:'];
}

/** What is wrong in a git source, here as on App Platform, each in words that begin with the field. */
export function gitMistakes(component: SourceComponent): string[] {
  const { git } = component;
  const hosted = hostedSourceOf(component);
  const host = hosted?.host ?? 'git';
  const branch = git?.branch ?? hosted?.branch;
  const isBranch = branch === undefined || hasPlaceholder(branch) || isBranchName(branch);
  return [
    ...(git && !git.repo_clone_url
      ? ['git/repo_clone_url: required, expected a URL such as https://git.example/shop.git']
      : []),
    ...(hosted && !hosted.repo ? [`${host}/repo: required, expected owner/repository`] : []),
    ...unfilled('git/repo_clone_url', git?.repo_clone_url),
    ...unfilled(`${host}/repo`, hosted?.repo),
    ...unfilled(`${host}/branch`, branch),
    ...(isBranch ? [] : [`${host}/branch: "${branch}" is not a valid branch name`]),
  ];
}

/** Who deploys fills variables of a source in before the spec is sent. */
function unfilled(field: string, text = ''): string[] {
  return hasPlaceholder(text)
    ? [`${field}: the variable in ${JSON.stringify(text)} is not filled in. Write its value`]
    : [];
}

/**
 * Where the component's branch is: a clone URL of a git host may be mapped, too. The mapping of repositories is read again: it may change while the server runs.
 * @throws DeploymentFailure when its repository is not mapped
 */
export async function branchOf(component: SourceComponent, repositories: string): Promise<Branch> {
  const { git } = component;
  const hosted = hostedSourceOf(component);
  const [gap] = [...gitMistakes(component), ...gitGaps(component)];
  if (gap !== undefined) throw new DeploymentFailure('BuildJobFailed', gap);
  if (!hosted) {
    const url = git?.repo_clone_url ?? '';
    return { url: await mappedOr(url, repositories), branch: git?.branch, shown: withoutCredentials(url) };
  }
  const { host, repo = '', branch } = hosted;
  const url = (await readRepositories(repositories))[repo];
  if (url !== undefined) return { url, branch, shown: `${host}/${repo}` };
  throw new DeploymentFailure('BuildJobFailed', isUnmapped(host, repo));
}

/** Where a clone URL leads to here: to the local repository, if one of a git host is mapped. */
export async function mappedOr(url: string, repositories: string): Promise<string> {
  const name = hostedName(url);
  return (name === undefined ? undefined : (await readRepositories(repositories))[name]) ?? url;
}

const onGitHost =
  /^(?:(?:https|ssh):\/\/(?:[^/@]*@)?|[^/@]*@)(?:github\.com|gitlab\.com|bitbucket\.org)[/:](.+?)(?:\.git)?\/?$/;

/** `owner/name` of a clone URL of a git host; undefined of any other. */
function hostedName(url: string): string | undefined {
  return onGitHost.exec(url)?.[1];
}

/** A repository of a git host that is not mapped, in words that begin with the field. */
export async function missingRepository(component: SourceComponent, repositories: string): Promise<string[]> {
  const { host, repo = '' } = hostedSourceOf(component) ?? {};
  if (
    host === undefined ||
    repo === '' ||
    hasPlaceholder(repo) ||
    (await readRepositories(repositories))[repo] !== undefined
  )
    return [];
  return [`${host}/repo: ${isUnmapped(host, repo)}`];
}

function isUnmapped(host: string, repo: string): string {
  return `${host} ${repo} is not mapped to a local repository. Map it: ${runner} local-platform repository ${repo} <path>`;
}

/** The rules of git-check-ref-format(1); a name that begins with "-" would be taken for an option. */
export function isBranchName(name: string): boolean {
  const forbidden = /^[-/.]|[/.]$|\.\.|\/[/.]|@\{|\.lock(\/|$)|[\s~^:?*[\\]/;
  return name !== '' && !forbidden.test(name) && !hasControl(name);
}

function hasControl(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f');
}
