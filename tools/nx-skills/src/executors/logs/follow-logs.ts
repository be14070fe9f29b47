import { connect } from '../../environment/connect.js';
import { workspaceFolders } from '../../environment/workspace-folders.js';
import { redactorOf } from '../redactor.js';
import type { SkillPlace } from '../skill-root.js';
import type { LogsOptions } from './options.js';
import { findLog } from './read-logs.js';

/**
 * A log of a skill's app as it grows, without its secrets, until its deployment or what runs is over.
 *
 * @throws when the app does not exist, the deployment never came to the phase that the log is of, or the log breaks off
 */
export async function* followLogs(
  place: SkillPlace,
  options: LogsOptions,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { client, label } = await connect(options, workspaceFolders(place.workspaceRoot), env, signal);
  try {
    const redact = await redactorOf(place, env);
    const query = await findLog(client, place.skill, label, options, signal);
    const { live_url: live, historic_urls: historic = [] } = await client.getLogs(
      { ...query, follow: true },
      { signal },
    );
    // What is over for long may be archived, and has no live address any more.
    for (const url of live ? [live] : historic)
      yield* redact.stream(client.followLog(url, { signal }));
  } finally {
    await client.close();
  }
}
