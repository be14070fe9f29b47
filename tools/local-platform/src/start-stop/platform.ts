import type { Phase } from '@odoobo/app-platform/spec';
import { identify, type ProcessIdentity } from '@odoobo/machine/process';
import { type Clock, systemClock } from '@odoobo/machine/time';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { AlertWatch } from '../alerts/alert-watch.js';
import { Notifier } from '../alerts/notify.js';
import { Containers } from '../containers/containers.js';
import { Databases } from '../databases/databases.js';
import { ManualProgression } from '../deployments/manual-progression.js';
import { Operations } from '../deployments/operations.js';
import { activeDeployment } from '../deployments/phases.js';
import type { Progression } from '../deployments/progression.js';
import type { FaultInjector } from '../http/faults.js';
import type { RateLimit } from '../http/rate-limit.js';
import { ImageStore } from '../images/image-store.js';
import { ownIngresses } from '../ingress-process/own-ingresses.js';
import { RemoteIngresses } from '../ingress-process/remote-ingresses.js';
import { LogCaps } from '../logs/log-caps.js';
import { MemoryWatch } from '../process/memory-watch.js';
import { endStrays } from '../process/platform-processes.js';
import { firstAppPort } from '../running/app-address.js';
import { RealProgression } from '../running/real-progression.js';
import type { Runtime } from '../running/runtime.js';
import { ScheduleWatch } from '../scaling/schedule-watch.js';
import { listen } from '../server/listen.js';
import { SimulatedProgression } from '../simulation/simulated-progression.js';
import type { Simulation } from '../simulation/simulation.js';
import { openSources } from '../sources/open-sources.js';
import { PushWatcher } from '../sources/push-watcher.js';
import type { AppRecord } from '../state/app-record.js';
import { AppStore } from '../state/app-store.js';
import { DeliveryFile } from '../state/delivery-file.js';
import { type Layout, layoutOf } from '../state/layout.js';
import { ProjectStore } from '../state/project-store.js';
import { openSecretBox, type SecretBox } from '../state/secrets.js';
import { allOf } from './all-of.js';
import { requireFreeSpace } from './free-space.js';
import { holdDirectory } from './hold-directory.js';
import { readPlatform, writePlatform } from './platform-record.js';
import { stopOtherServers } from './stop.js';
import { requireSupportedSystem } from './supported-system.js';
import { deleteAbandonedWorkFolders, openWorkFolder } from './work-folder.js';

/** How long services of an earlier server get to end. */
const strayGraceMs = 5_000;

export interface PlatformOptions {
  /** Contains everything that the platform stores. One server per folder. */
  directory: string;
  /** 0, the default, is any free port. */
  port?: number;
  /** The default is a random one, or the one from before a crash. */
  token?: string;
  /**
   * `real` runs the services; with `manual` nothing is run and a test moves each deployment with `advance`; with
   * `simulate` nothing is run either, deployments take the time they are given, and the apps are kept in memory only.
   */
  progression?: 'real' | 'manual' | { simulate: Simulation };
  /**
   * Serves the apps' URLs from a process of its own, which keeps serving when this one dies, until the next platform in
   * the folder takes it over. The default is to serve them from this process.
   */
  ingressProcess?: boolean;
  /** Injects faults for a test; called once per call. */
  fault?: FaultInjector;
  /** Refuses calls that exceed it with 429; the default is no limit. `appPlatformRateLimit` is the real one. */
  rateLimit?: RateLimit;
  /** A file to which each call is appended as a line of JSON: at, method, path, status, milliseconds. */
  requestLog?: string;
  /** Times the simulation, the rate limit, autoscaling and schedules, so that minutes can pass in seconds; the default is the machine's. */
  clock?: Clock;
  /** Warnings for the user who starts it, besides its own. */
  notices?: readonly string[];
  /** Called with each warning: a record that could not be read, an internal failure. The default ignores them. */
  warn?: (message: string) => void;
}

export interface Platform {
  readonly url: string;
  readonly token: string;
  /** Every call so far, oldest first, such as `PUT /v2/apps/<id>`; of very many, the last 100,000. */
  readonly requests: readonly string[];
  /**
   * Moves the deployment of an app that is in progress to a phase, through those before it.
   * @throws Error unless the progression is `manual`, the app exists and that phase can follow.
   */
  advance(appName: string, to: Phase): Promise<void>;
  /** Deletes every app and project, stops what runs, and forgets the calls. */
  reset(): Promise<void>;
  /** Stops the server and every service. The apps are still there at the next start. Safe to repeat. */
  close(): Promise<void>;
}

/**
 * Starts a platform in this process.
 * @throws Error when another server runs on the same folder, the port is taken, or the system is Windows.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  requireSupportedSystem();
  const layout = layoutOf(options.directory);
  await mkdir(layout.root, { recursive: true });
  // Also when an import of an image made the folder before.
  await chmod(layout.root, 0o700);
  const hold = await holdDirectory(layout);
  try {
    await requireFreeSpace(layout);
    return await startHolding(options, layout, hold.release);
  } catch (error) {
    await hold.release();
    throw error;
  }
}

async function startHolding(
  options: PlatformOptions,
  layout: Layout,
  release: () => Promise<void>,
): Promise<Platform> {
  const { warn = () => undefined, clock = systemClock } = options;
  // Before anything is opened: a server of this folder from before it was deleted has the ports.
  await stopOtherServers(layout);
  if ((options.progression ?? 'real') === 'real') await openWorkFolder(layout);
  const { store, projects, delivery, secrets, warnings: found } = await openState(options, layout);
  const warnings = [...(options.notices ?? []), ...found];
  warnings.forEach(warn);
  const earlier = await readPlatform(layout.root).catch(() => undefined);
  const token = options.token ?? earlier?.token ?? randomBytes(32).toString('base64url');
  const caps = new LogCaps();
  const progression = openProgression(options, { store, secrets, layout, warn, caps, clock });
  const operations = new Operations(store, secrets, progression);
  const parts = {
    store,
    projects,
    delivery,
    secrets,
    progression,
    operations,
    token,
    logs: layout.logs,
    directory: layout.root,
    images: new ImageStore(layout.images),
    caps,
  };
  const api = await listen(options, parts);
  const pushes = new PushWatcher({
    store,
    layout,
    warn,
    onPush: async (appId, commits, cause) => void (await operations.deployPushed(appId, commits, cause)),
  });
  const alerts = new AlertWatch({ store, progression, notifier: new Notifier(secrets, warn), warn });
  const schedules = new ScheduleWatch({ store, operations, clock, warn });
  const close = once(() =>
    allOf([
      // First, so that no one uses a server that is stopping.
      () => rm(layout.record, { force: true }),
      () => pushes.close(),
      () => alerts.close(),
      () => schedules.close(),
      () => api.close(),
      () => progression.close(),
      release,
    ]),
  );
  try {
    // Where nothing runs, nothing that an earlier server ran is taken over either.
    if (!(progression instanceof RealProgression)) await endStrays(layout, strayGraceMs);
    await progression.resume();
    await writePlatform(layout.root, { url: api.url, token, warnings, identity: await ownIdentity() });
  } catch (error) {
    await close();
    throw error;
  }
  api.open();
  alerts.start();
  // Nothing is built where nothing runs.
  if (progression instanceof RealProgression) {
    pushes.start();
    schedules.start();
    void deleteAbandonedWorkFolders().catch((error: Error) => warn(error.message));
  }
  return {
    url: api.url,
    token,
    requests: api.requests,
    advance: async (appName, to) => requireManual(progression).advance(appName, to),
    reset: async () => {
      await Promise.all(store.list().map((app) => forget(store, progression, app)));
      await projects.clear();
      api.requests.length = 0;
    },
    close,
  };
}

interface State {
  store: AppStore;
  projects: ProjectStore;
  delivery: DeliveryFile;
  secrets: SecretBox;
  warnings: string[];
}

async function openState({ progression }: PlatformOptions, layout: Layout): Promise<State> {
  const secrets = await openSecretBox(layout.key);
  if (isSimulated(progression)) {
    const [store, projects] = [AppStore.inMemory(), ProjectStore.inMemory()];
    return { store, projects, delivery: DeliveryFile.inMemory(), secrets, warnings: [] };
  }
  const { store, setAside } = await AppStore.open(layout.apps);
  const left = setAside.map(
    ({ file, cause }) =>
      `The record of an app cannot be read; the app is skipped and its record is kept as ${file}. ${String(cause)}`,
  );
  const projects = await ProjectStore.open(layout.projects);
  const lost = store.list().flatMap((app) => lostSecrets(app, secrets, layout.key));
  const delivery = await DeliveryFile.open(layout.delivery);
  return { store, projects, delivery, secrets, warnings: [...left, ...lost] };
}

/** The secrets that an app cannot use, because the key has changed. */
function lostSecrets(app: AppRecord, secrets: SecretBox, key: string): string[] {
  const spec = activeDeployment(app)?.spec ?? app.spec;
  const places = secrets
    .lost(spec)
    .map(({ component, key: name }) => (component ? `${name} of ${component}` : name));
  if (places.length === 0) return [];
  return [
    `App "${spec.name}": these secrets cannot be read, because ${key} is not the key that they were encrypted with: ` +
      `${places.join(', ')}. Processes that start from now on run without them. Deploy the app to send them again.`,
  ];
}

function openProgression(
  { progression, port, ingressProcess = false }: PlatformOptions,
  { clock, ...parts }: Pick<Runtime, 'store' | 'secrets' | 'layout' | 'warn' | 'caps'> & { clock: Clock },
): Progression {
  const { store, secrets, layout, warn } = parts;
  if (progression === 'manual') return new ManualProgression(store);
  if (isSimulated(progression)) {
    return new SimulatedProgression(progression.simulate, { store, clock, logs: layout.logs, warn });
  }
  const ingresses = ingressProcess ? new RemoteIngresses(layout, warn) : ownIngresses(layout);
  const images = new ImageStore(layout.images);
  const containers = new Containers(layout);
  const sources = openSources({ layout, images, containers, secrets });
  const memory = new MemoryWatch(warn);
  const ports = new Set<number>();
  return new RealProgression({
    ...parts,
    images,
    sources,
    containers,
    databases: new Databases({ layout, secrets, ports, warn }),
    ingresses,
    memory,
    clock,
    ports,
    firstPort: firstAppPort(port),
  });
}

async function forget(store: AppStore, progression: Progression, app: AppRecord): Promise<void> {
  await store.delete(app.id);
  await progression.forget(app);
}

async function ownIdentity(): Promise<ProcessIdentity> {
  const identity = await identify(process.pid);
  if (identity) return identity;
  throw new Error(`Process ${process.pid} cannot find itself in the process table.`);
}

function isSimulated(progression: PlatformOptions['progression']): progression is { simulate: Simulation } {
  return typeof progression === 'object';
}

function requireManual(progression: Progression): ManualProgression {
  if (progression instanceof ManualProgression) return progression;
  throw new Error("advance() moves deployments manually; start the platform with progression: 'manual'.");
}

/** Runs `work` the first time; every call gets that one result. */
function once(work: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => (result ??= work());
}
