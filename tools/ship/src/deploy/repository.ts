/** The host of a repository and its path there, in lower case; without a host, a path on this machine. */
export interface RepositoryAddress {
  host: string | undefined;
  path: string;
}

/**
 * Other names of a host, for networks that allow only HTTPS:
 * https://docs.github.com/en/authentication/troubleshooting-ssh/using-ssh-over-the-https-port
 */
const sameHosts: Readonly<Record<string, string>> = {
  'www.github.com': 'github.com',
  'ssh.github.com': 'github.com',
  'altssh.gitlab.com': 'gitlab.com',
  'altssh.bitbucket.org': 'bitbucket.org',
};

/** Hosts whose repositories are found only at the path that a spec names. */
const knownHosts = ['github.com', 'gitlab.com', 'bitbucket.org'];

/**
 * Parses the URL of a remote in any form that git accepts: `https://user@host:443/a/b.git`, `ssh://git@host:22/a/b`,
 * `git@host:a/b.git`, `/srv/a/b.git`. https://git-scm.com/docs/git-clone#_git_urls
 */
export function addressOf(url: string): RepositoryAddress {
  const [, urlHost, urlPath] = /^[\w+.-]+:\/\/(?:[^/@]*@)?([^/:]*)(?::\d+)?\/(.*)$/.exec(url) ?? [];
  const [, scpHost, scpPath] = /^(?:[^/@]*@)?([^/:]+):(?!\/\/)(.*)$/.exec(url) ?? [];
  const host = (urlHost ?? scpHost)?.toLowerCase();
  const path = trimmed(urlPath ?? scpPath ?? url);
  // A local path is case-sensitive.
  if (!host) return { host: undefined, path: urlPath === undefined ? path : `/${path}` };
  return { host: sameHosts[host] ?? host, path: path.toLowerCase() };
}

function trimmed(path: string): string {
  return path
    .replace(/\/+$/, '')
    .replace(/\.git$/i, '')
    .replace(/(?<=.)\/+$/, '');
}

/** Whether two URLs point to the same repository, whatever their protocol, user and spelling. */
export function areSameRepository(one: string, other: string): boolean {
  const [a, b] = [addressOf(one), addressOf(other)];
  return a.host === b.host && withoutSlash(a.path) === withoutSlash(b.path);
}

/**
 * Whether a remote is the repository with a name such as `acme/shop` on a git host.
 * @param host such as `github.com`; an unknown host name may be an alias of it, or a mirror
 */
export function isRepositoryAt(url: string, host: string, name: string): boolean {
  const address = addressOf(url);
  const wanted = name.toLowerCase();
  const path = withoutSlash(address.path).toLowerCase();
  if (address.host !== undefined && knownHosts.includes(address.host))
    return address.host === host && path === wanted;
  return path === wanted || path.endsWith(`/${wanted}`);
}

/** `shop` for `acme/shop` or for a URL: a fork has the same name. */
export function nameOfRepository(repository: string): string {
  return (addressOf(repository).path.split('/').at(-1) ?? '').toLowerCase();
}

function withoutSlash(path: string): string {
  return path.replace(/^\/+/, '');
}
