import type { App, AppPlatformClient, LogsQuery, LogType } from '@odoobo/app-platform';
import type { SkillPlace } from '../manifest/skill-place.js';
import { connect } from '../platform/connect.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import { redactorOf } from '../runs/redactor.js';
import type { LogsOptions } from './options.js';

/** The platform's names for the types. */
export const logTypes: Record<LogsOptions['type'], LogType> = {
  build: 'BUILD',
  deploy: 'DEPLOY',
  run: 'RUN',
  restarted: 'RUN_RESTARTED',
};

/**
 * Reads the end of a log of a skill's app, without its secrets.
 * @throws when the app does not exist, or the deployment never reached the phase of the log
 */
export async function readLogs(
  place: SkillPlace,
  options: LogsOptions,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string> {
  const { client, label } = await connect(options, workspaceFolders(place.workspaceRoot), env, signal);
  try {
    const query = await findLog(client, place, label, options, signal);
    const redact = await redactorOf(place, env);
    const log = redact(await client.fetchLog(await client.getLogs(query, { signal }), { signal }));
    if (log.trim() === '' && options.type === 'restarted')
      return `No process of ${place.skill} was restarted since it went live.\n`;
    return tailOf(log, query.tailLines);
  } finally {
    await client.close();
  }
}

/** Finds the log that the options mean. @throws when there is no such app, or no deployment of it */
export async function findLog(
  client: AppPlatformClient,
  place: SkillPlace,
  label: string,
  options: LogsOptions,
  signal: AbortSignal,
): Promise<LogsQuery & { deploymentId: string; tailLines: number }> {
  const app = await findApp(client, place, label, signal);
  const deploymentId = options.deployment ?? (await chooseDeployment(client, app, signal));
  return { appId: app.id, deploymentId, type: logTypes[options.type], tailLines: options.tail };
}

async function findApp(
  client: AppPlatformClient,
  { skill, command }: SkillPlace,
  label: string,
  signal: AbortSignal,
): Promise<App> {
  const app = (await client.listApps({ signal })).find(({ spec }) => spec.name === skill);
  if (!app) throw new Error(`${skill} is not on ${label}. Deploy it: ${command('deploy')}`);
  return app;
}

function tailOf(log: string, lines: number): string {
  return `${log.trimEnd().split('\n').slice(-lines).join('\n')}\n`;
}

/** The live deployment; if the app was never live, the newest, whose log says why. */
async function chooseDeployment(client: AppPlatformClient, app: App, signal: AbortSignal): Promise<string> {
  if (app.active_deployment) return app.active_deployment.id;
  const [newest] = await client.listDeployments(app.id, { signal });
  if (!newest) throw new Error(`${app.spec.name} has no deployment yet, so there is no log.`);
  return newest.id;
}
