import { git, type GitOptions, gitOutput } from '@odoobo/machine/git';

type Place = Pick<GitOptions, 'cwd' | 'signal'>;

/** The URL of a remote as git uses it; undefined where there is no such remote. */
export async function remoteUrl(remote: string, options: Place): Promise<string | undefined> {
  const { exitCode, stdout } = await git(['remote', 'get-url', remote], options);
  return exitCode === 0 ? stdout : undefined;
}

/**
 * The URL of a remote as it may be shown: without user, password and query. Undefined where there is no such remote.
 * @param direction fetch and push can have different URLs
 */
export async function shownUrl(
  remote: string,
  direction: 'push' | 'fetch',
  options: Place,
): Promise<string | undefined> {
  const flags = direction === 'push' ? ['--push'] : [];
  const { exitCode, stdout } = await git(['remote', 'get-url', ...flags, remote], options);
  return exitCode === 0 ? withoutSecrets(stdout) : undefined;
}

/** The URLs of all remotes as git uses them, by name. @throws {GitError} where there is no repository */
export async function readRemotes(options: Place): Promise<Map<string, string>> {
  const lines = (await gitOutput(['remote', '--verbose'], options)).split('\n');
  const remotes = lines.map((line) => /^(.+)\t(.+) \(fetch\)/.exec(line));
  return new Map(remotes.flatMap((match) => (match ? [[match[1] ?? '', match[2] ?? '']] : [])));
}

function withoutSecrets(url: string): string {
  return url.replace(/^(\w+:\/\/)[^/@]*@/, '$1').replace(/\?.*$/, '');
}
