import { type DeployFreeze, readFreeze, readHead, remoteUrl } from '@odoobo/git-flow';
import { GitError } from '@odoobo/machine/git';
import { isLocal } from '../placement/environment.js';
import { printable } from '../terminal/printable.js';
import { origin } from './provenance.js';

export interface FrozenOptions {
  workspaceRoot: string;
  environment: string;
  signal?: AbortSignal | undefined;
  onWarning: (message: string) => void;
}

/**
 * The freeze of an environment that holds now; undefined if there is none. The local platform is never frozen. A remote that
 * does not answer is a warning: it must not keep a fix from production.
 */
export async function findFreeze({
  workspaceRoot: cwd,
  environment,
  signal,
  onWarning,
}: FrozenOptions): Promise<DeployFreeze | undefined> {
  if (isLocal(environment) || !(await readHead(cwd))) return undefined;
  try {
    const shared = (await remoteUrl(origin, { cwd, signal })) !== undefined;
    const freeze = await readFreeze(environment, { cwd, signal, ...(shared && { remote: origin }) });
    return freeze && Date.parse(freeze.until) > Date.now() ? freeze : undefined;
  } catch (error) {
    if (!(error instanceof GitError) || signal?.aborted) throw error;
    onWarning(`It is not known whether ${environment} is frozen: ${error.message}`);
    return undefined;
  }
}

/** `production is frozen until 2026-12-27 08:00 UTC (Ada): the sale` */
export function describeFreeze(environment: string, { until, because, by }: DeployFreeze): string {
  const time = until.slice(0, 16).replace('T', ' ');
  return `${environment} is frozen until ${time} UTC${by === undefined ? '' : ` (${printable(by)})`}: ${printable(because)}`;
}
