import { AppPlatformError, type Redactor, unlessGone } from '@odoobo/app-platform';
import { followApp, type LogFrame, type LogSource, NoSuchLog, type Said } from '@odoobo/app-platform/follow';
import { startDeadline, systemClock } from '@odoobo/machine/time';
import type { SkillPlace } from '../manifest/skill-place.js';
import { connect, connectToRunning, type Platform } from '../platform/connect.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import { redactorOf } from '../runs/redactor.js';
import type { LogsOptions } from './options.js';
import { findLog, logTypes } from './read-logs.js';

/** The longest time for one request: a restarted platform may be at another address. */
const lookMs = 5_000;

/**
 * Follows a log of a skill's app, without its secrets; the run log also over deployments, restarts and lost connections.
 * @throws when the app does not exist, the deployment never reached the phase of the log, or the platform is gone
 */
export async function* followLogs(
  place: SkillPlace,
  options: LogsOptions,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): AsyncGenerator<Said> {
  const folders = workspaceFolders(place.workspaceRoot);
  const first = await connect(options, folders, env, signal);
  const platform = new Reconnected(first, () => connectToRunning(options, folders, env));
  try {
    const redact = await redactorOf(place, env);
    const { skill } = place;
    const {
      appId,
      deploymentId: deployment,
      tailLines,
    } = await findLog(first.client, place, first.label, options, signal);
    const goesOn = options.type === 'run' && options.deployment === undefined;
    const source = sourceOf(platform, appId, options.type);
    yield* redacted(followApp(source, { app: skill, deployment, tailLines, goesOn, signal }), redact);
  } finally {
    await platform.close();
  }
}

/** Removes secrets, even those that span several lines; text before a notice is shown before it. */
async function* redacted(said: AsyncGenerator<Said>, redact: Redactor): AsyncGenerator<Said> {
  let next = await said.next();
  async function* texts(): AsyncGenerator<string> {
    for (; !next.done && 'text' in next.value; next = await said.next()) yield next.value.text;
  }
  while (!next.done) {
    for await (const text of redact.stream(texts())) yield { text };
    if (next.done) return;
    yield next.value;
    next = await said.next();
  }
}

/** A platform that may restart meanwhile, with another address and another token. */
class Reconnected {
  constructor(
    private platform: Platform,
    private readonly connectAgain: () => Promise<Platform>,
  ) {}

  get client(): Platform['client'] {
    return this.platform.client;
  }

  /** @throws NotRunningError if it is not running now */
  async reconnect(): Promise<void> {
    const before = this.platform;
    this.platform = await this.connectAgain();
    await before.close();
  }

  close(): Promise<void> {
    return this.platform.close();
  }
}

function sourceOf(platform: Reconnected, appId: string, type: LogsOptions['type']): LogSource {
  return {
    async look(signal) {
      const deadline = startDeadline(systemClock, lookMs, signal);
      try {
        return await standingOf(platform, appId, deadline.signal);
      } catch (error) {
        signal.throwIfAborted();
        await platform.reconnect();
        throw error;
      } finally {
        deadline.clear();
      }
    },
    async *open(deploymentId, { tailLines, position }, signal): AsyncGenerator<LogFrame> {
      const query = { appId, deploymentId, type: logTypes[type], follow: true, tailLines };
      const addresses = await platform.client.getLogs(query, { signal }).catch((cause: Error) => {
        throw isRefused(cause) ? new NoSuchLog(cause.message, { cause }) : cause;
      });
      yield* platform.client.readLog(addresses, { position, signal });
    },
  };
}

async function standingOf(platform: Reconnected, appId: string, signal: AbortSignal) {
  const app = await unlessGone(platform.client.getApp(appId, { signal }));
  if (!app) return undefined;
  const underWay = app.in_progress_deployment ?? app.pending_deployment;
  return { live: app.active_deployment?.id, underWay: underWay?.id };
}

/** A rejected token may be from before a restart. */
function isRefused(error: Error): boolean {
  const { status = 500 } = error instanceof AppPlatformError ? error : {};
  return status >= 400 && status < 500 && status !== 401 && status !== 429;
}
