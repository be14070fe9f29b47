import { keepDeployed, remoteUrl } from '@odoobo/git-flow';
import { isLocal } from '../placement/environment.js';
import type { PlatformOptions } from '../platform/connect.js';

/** Removes the live commits of deleted apps as a base to compare with. @param skills as records and refs name them */
export async function forgetApps(
  skills: readonly string[],
  cwd: string,
  { environment }: PlatformOptions,
): Promise<void> {
  const remote = isLocal(environment) ? undefined : 'origin';
  const shared = remote && (await remoteUrl(remote, { cwd })) !== undefined;
  const gone = skills.map((skill) => ({ environment, skill, commit: undefined }));
  await keepDeployed(gone, { cwd, ...(shared && { remote }) });
}
