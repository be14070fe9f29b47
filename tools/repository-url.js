import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * The web address of the repository: from GitHub's variables in a job, otherwise from `origin`.
 *
 * @returns {string | undefined} undefined if neither is a host
 */
export function findRepositoryUrl() {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
  if (server && repository) return `${server}/${repository}`;
  const root = join(import.meta.dirname, '..');
  const { stdout } = spawnSync('git', ['remote', 'get-url', 'origin'], { cwd: root, encoding: 'utf8' });
  const address = /^(?:https?:\/\/(?:[^/@]*@)?|(?:ssh:\/\/)?git@)([^/:]+)[/:](.+?)(?:\.git)?\/?$/;
  const [, host, path] = address.exec(stdout.trim()) ?? [];
  return host && path ? `https://${host}/${path}` : undefined;
}
