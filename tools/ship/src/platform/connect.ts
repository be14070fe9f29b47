import { AppPlatformClient, type AppPlatformClientOptions } from '@odoobo/app-platform';
import {
  ensurePlatform,
  imageStoreOf,
  type RaisedAlert,
  readAlerts,
  readPlatform,
  readRestarts,
  type Restarts,
} from '@odoobo/local-platform/client';
import { runner } from '@odoobo/machine/package-manager';
import { isAlive } from '@odoobo/machine/process';
import { whileReplaced } from '../artefact/find-artefact.js';
import { isLocal } from '../placement/environment.js';
import type { WorkspaceFolders } from '../records/workspace-folders.js';
import { keepPlatform, whereItRuns } from './keep-platform.js';

/** The options that select a platform. */
export interface PlatformOptions {
  environment: string;
  platformUrl?: string | undefined;
}

/** A platform to ship to, and how to reach it. */
export interface Platform {
  /** Its environment. */
  name: string;
  /** `the local platform (http://127.0.0.1:4100)` */
  label: string;
  client: AppPlatformClient;
  /** Shortest time between two reads of the list of apps, in milliseconds. */
  pollIntervalMs: number;
  /**
   * Stores an OCI image layout where the platform finds it by digest. Only locally, where the artefact itself is
   * shipped in place of the source that the App Spec names.
   */
  publish?: (imageDirectory: string) => Promise<void>;
  /** Restarts of live apps, by id of the app. Only locally: App Platform does not report them. */
  restarts?: (signal: AbortSignal) => Promise<Readonly<Record<string, Restarts>>>;
  /** Alerts that are raised now, by id of the app. Only locally: App Platform does not report them. */
  alerts?: (signal: AbortSignal) => Promise<Readonly<Record<string, readonly RaisedAlert[]>>>;
  close(): Promise<void>;
}

/** The callbacks of a run that changes what is live. */
export interface ConnectHooks {
  signal: AbortSignal;
  onWarning: (message: string) => void;
}

/** The local platform is not running now; it may be started. */
export class NotRunningError extends Error {
  override readonly name = 'NotRunningError';
}

/** The endpoint of App Platform. */
const appPlatformUrl = 'https://api.digitalocean.com';

/** Another endpoint; doctl and the official Terraform provider use the same variable. */
const urlKey = 'DIGITALOCEAN_API_URL';

/**
 * Connects to the platform that the options name; starts the local platform if it is not running.
 * @throws when there is no token for production, or the local platform does not start
 */
export async function connect(
  options: PlatformOptions,
  folders: WorkspaceFolders,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Platform> {
  if (isOnAppPlatform(options)) return appPlatform(options, env);
  return local(await ensurePlatform(folders.platform, { signal }), folders);
}

/**
 * Like `connect`, for a run that changes what is live: if the local platform dies before `close`, it is restarted.
 * @throws as `connect`
 */
export async function connectAndKeep(
  options: PlatformOptions,
  folders: WorkspaceFolders,
  env: NodeJS.ProcessEnv,
  { signal, onWarning }: ConnectHooks,
): Promise<Platform> {
  if (isOnAppPlatform(options)) return appPlatform(options, env);
  const locate = (within: AbortSignal) => whereItRuns(folders.platform, within);
  const { warnings, ...server } = await ensurePlatform(folders.platform, { signal });
  warnings.forEach(onWarning);
  const platform = local(server, folders, locate);
  const over = new AbortController();
  const keeping = keepPlatform(folders.platform, AbortSignal.any([signal, over.signal]), onWarning);
  const close = async () => {
    over.abort();
    await keeping;
    await platform.close();
  };
  return { ...platform, close };
}

/**
 * Connects to the platform that the options name, for a target that only reads: starting a stopped local platform would
 * start its services, and so change the result.
 * @throws when there is no token for production; NotRunningError when no local platform runs
 */
export async function connectToRunning(
  options: PlatformOptions,
  folders: WorkspaceFolders,
  env: NodeJS.ProcessEnv,
): Promise<Platform> {
  if (isOnAppPlatform(options)) return appPlatform(options, env);
  const server = await readPlatform(folders.platform);
  if (server && (await isAlive(server.identity))) return local(server, folders);
  throw new NotRunningError(
    `The local platform is not running, so nothing is live. Start it with all its apps: ${runner} local-platform start`,
  );
}

/** @throws for an option that only makes sense there */
function isOnAppPlatform({ environment, platformUrl }: PlatformOptions): boolean {
  if (isLocal(environment) && platformUrl)
    throw new Error('--platformUrl needs production. Add: -c production');
  return !isLocal(environment);
}

function local(
  { url, token }: { url: string; token: string },
  folders: WorkspaceFolders,
  locate?: AppPlatformClientOptions['locate'],
): Platform {
  const store = imageStoreOf(folders.platform);
  const client = new AppPlatformClient({ url, token, ...(locate && { locate }) });
  return {
    name: 'local',
    label: `the local platform (${url})`,
    client,
    pollIntervalMs: 100,
    publish: async (imageDirectory) => void (await whileReplaced(() => store.import(imageDirectory))),
    restarts: (signal) => readRestarts({ url, token }, signal),
    alerts: (signal) => readAlerts({ url, token }, signal),
    close: () => client.close(),
  };
}

function appPlatform({ environment, platformUrl }: PlatformOptions, env: NodeJS.ProcessEnv): Platform {
  const url = platformUrl ?? (env[urlKey] || appPlatformUrl);
  // A pipeline passes a secret that is not set as an empty string.
  const token = env['DIGITALOCEAN_ACCESS_TOKEN'] || env['DO_ACCESS_TOKEN'];
  if (!token) {
    throw new Error(
      `${startedWithCapital(environment)} needs a token: app:read is enough to look, plan and check; deploy, rollback, restart and scale also need app:create and app:update, and to delete previews app:delete. Set DIGITALOCEAN_ACCESS_TOKEN (or DO_ACCESS_TOKEN) in the environment.`,
    );
  }
  const client = new AppPlatformClient({ url, token });
  return {
    name: environment,
    label: `App Platform (${url})`,
    client,
    pollIntervalMs: 2_000,
    close: () => client.close(),
  };
}

function startedWithCapital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
