import { databaseSecrets } from '../databases/databases.js';
import type { DeploymentRecord } from '../state/app-record.js';
import { layoutOf } from '../state/layout.js';
import type { ApiContext } from './context.js';

/** What a log of a deployment must not show: the secrets of its spec, and the passwords of its databases. */
export function secretsOf(
  { secrets, directory }: ApiContext,
  appId: string,
  { spec }: DeploymentRecord,
): string[] {
  return [...secrets.open(spec), ...databaseSecrets({ layout: layoutOf(directory), secrets }, appId, spec)];
}
