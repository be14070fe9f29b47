import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type App,
  type AppSpec,
  type Deployment,
  isEncrypted,
  mapSecrets,
  type Phase,
  withDefaults,
} from '../spec/index.js';
import { withMark } from '../versions/mark.js';
import { fingerprintKey } from '../versions/secrets-fingerprint.js';

/** A test's fault of a request: its own answer, or a connection that breaks before or after the call took effect. */
export type Fault =
  | { status: number; body?: unknown; headers?: Record<string, string> }
  | { drop: 'before' | 'after' }
  | { hang: true }
  | { truncate: true };

/** The course of a deployment: the phases after PENDING_BUILD, one per poll. */
export type Script = Phase[];

const good: Script = ['BUILDING', 'DEPLOYING', 'ACTIVE'];

interface StoredDeployment extends Deployment {
  script: Script;
}

interface StoredApp {
  id: string;
  spec: AppSpec;
  deployments: StoredDeployment[];
  service: Server;
  url: string;
  pinned?: string;
  lastCreatedAt: string;
}

const plaintext = new Map<string, string>();

/** Encrypts as the platform does: the same text gives a new value each time; an encrypted value that is sent back is kept. */
function encrypt(spec: AppSpec): AppSpec {
  return mapSecrets(spec, ({ value }) => {
    if (isEncrypted(value)) return value;
    const encrypted = `EV[1:${randomUUID()}]`;
    plaintext.set(encrypted, value);
    return encrypted;
  });
}

/** Encodes as the platform's Go encoder does: without false, 0, "" and empty values. */
function omitEmpty(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, field: unknown) =>
      field === false || field === 0 || field === '' || (Array.isArray(field) && field.length === 0)
        ? undefined
        : field,
    ),
  ) as unknown;
}

/** A real server with as much of App Platform as the engine needs, which does what a test scripts. */
export class ScriptedPlatform {
  readonly requests: string[] = [];
  readonly bodies: { request: string; body: unknown }[] = [];
  readonly apps = new Map<string, StoredApp>();
  /** Scripts of future deployments, by app name; GOOD when used up. */
  readonly scripts = new Map<string, Script[]>();
  /** The answer of a live app, on its health path or another. */
  health: (app: string, deployment: Deployment, path: string) => { status: number; body?: unknown } = () => ({
    status: 200,
  });
  fault: (request: string) => Fault | undefined | Promise<Fault | undefined> = () => undefined;
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  url = '';

  static async start(): Promise<ScriptedPlatform> {
    const platform = new ScriptedPlatform();
    platform.url = await listen(platform.#server);
    return platform;
  }

  async close(): Promise<void> {
    const servers = [this.#server, ...[...this.apps.values()].map(({ service }) => service)];
    await Promise.all(
      servers.map(async (server) => {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      }),
    );
  }

  app(name: string): StoredApp {
    const app = [...this.apps.values()].find(({ spec }) => spec.name === name);
    if (!app) throw new Error(`no app "${name}"`);
    return app;
  }

  /** The writes among the requests. */
  get writes(): string[] {
    return this.requests.filter((request) => !request.startsWith('GET') && !request.includes('/validate'));
  }

  /** Makes an app with this spec live, without a request, as an earlier deploy of the skill of that name would. */
  seed(spec: AppSpec): Promise<StoredApp> {
    return this.seedForeign(withMark(spec, { write: randomUUID(), skill: spec.name, artefact: 'earlier' }));
  }

  /** The same as if someone else had created it. */
  async seedForeign(spec: AppSpec): Promise<StoredApp> {
    const app = await this.#create(spec);
    this.#run(app, app.deployments[0]);
    return app;
  }

  /** The plaintext that a running service sees for a secret. */
  static decrypt(encrypted: string | undefined): string | undefined {
    return plaintext.get(encrypted ?? '');
  }

  #run(app: StoredApp, deployment: StoredDeployment | undefined): void {
    while (deployment && deployment.script.length > 0) this.#step(app, deployment);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const at = `${request.method} ${request.url}`;
    this.requests.push(at);
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    this.bodies.push({ request: at, body });
    const fault = await this.fault(at);
    if (fault && 'hang' in fault) return;
    if (fault && 'drop' in fault && fault.drop === 'before') return void request.socket.destroy();
    if (fault && 'status' in fault) {
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      const body = fault.body ?? { id: 'fault', message: 'scripted' };
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
      return;
    }
    const [status, reply] = await this.#handle(
      request.method ?? '',
      new URL(request.url ?? '/', this.url),
      body,
    );
    if (fault && 'drop' in fault) return void request.socket.destroy();
    const json = typeof reply === 'string' ? reply : JSON.stringify(omitEmpty(reply ?? ''));
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': json.length });
    if (fault && 'truncate' in fault) return void response.write(json.slice(0, 20), () => response.destroy());
    response.end(json);
  }

  async #handle(method: string, url: URL, body: unknown): Promise<[number, unknown]> {
    const [, , , id = '', kind, deploymentId] = url.pathname.split('/');
    if (url.pathname === '/v2/apps') return method === 'POST' ? this.#post(body) : this.#list(url);
    if (url.pathname.startsWith('/log/')) return [200, decodeURIComponent(url.pathname.slice(5))];
    const app = this.apps.get(id);
    if (!app) return [404, { id: 'not_found', message: 'app not found' }];
    if (kind === 'rollback') return this.#rollback(app, url, body);
    if (kind === 'restart')
      return [200, { deployment: this.deploy(app, app.spec, { cause: 'manual restart' }) }];
    if (url.pathname.endsWith('/logs')) {
      return [200, { historic_urls: [`${this.url}/log/${url.searchParams.get('type')}%20line`] }];
    }
    if (kind === 'deployments' && deploymentId) {
      const found = app.deployments.find((one) => one.id === deploymentId);
      return found
        ? [200, { deployment: found }]
        : [404, { id: 'not_found', message: 'deployment not found' }];
    }
    if (kind === 'deployments') return [200, { deployments: app.deployments, links: {}, meta: {} }];
    if (method === 'PUT') this.deploy(app, (body as { spec: AppSpec }).spec);
    if (method === 'DELETE') this.apps.delete(id);
    return [200, { app: this.#show(app) }];
  }

  async #post(body: unknown): Promise<[number, unknown]> {
    const { spec } = body as { spec: AppSpec };
    const taken = [...this.apps.values()].some((app) => app.spec.name === spec.name);
    if (taken) return [409, { id: 'conflict', message: `app name ${spec.name} is in use` }];
    return [200, { app: this.#show(await this.#create(spec)) }];
  }

  /** Each read of the first page advances every deployment by one phase. */
  #list(url: URL): [number, unknown] {
    const page = Number(url.searchParams.get('page') ?? 1);
    const size = Number(url.searchParams.get('per_page') ?? 20);
    const all = [...this.apps.values()];
    if (page === 1) for (const app of all) for (const one of app.deployments) this.#step(app, one);
    const apps = all.slice((page - 1) * size, page * size).map((app) => this.#show(app));
    const next = page * size < all.length ? { next: `${this.url}/v2/apps?page=${page + 1}` } : {};
    return [200, { apps, links: { pages: next }, meta: { total: all.length } }];
  }

  #rollback(app: StoredApp, url: URL, body: unknown): [number, unknown] {
    const target = app.deployments.find(
      (one) => one.id === (body as { deployment_id: string }).deployment_id,
    );
    const valid = target?.phase === 'SUPERSEDED';
    const error = { code: 'incompatible_phase', message: 'the deployment was never live' };
    if (url.pathname.endsWith('/validate')) return [200, { valid, ...(!valid && { error }) }];
    if (!valid || !target.spec) return [400, { id: 'bad_request', message: error.message }];
    return [200, { deployment: this.deploy(app, target.spec, { cloned_from: target.id }) }];
  }

  async #create(spec: AppSpec): Promise<StoredApp> {
    const id = randomUUID();
    const service = createServer((request, response) => {
      const live = app.deployments.find(({ phase }) => phase === 'ACTIVE');
      const { status, body } = live ? this.health(spec.name, live, request.url ?? '') : { status: 503 };
      response.writeHead(status).end(JSON.stringify(body ?? {}));
    });
    const url = await listen(service);
    const app: StoredApp = { id, spec, deployments: [], service, url, lastCreatedAt: '' };
    this.apps.set(id, app);
    this.deploy(app, spec);
    return app;
  }

  /** A new deployment of an app; it replaces one in progress. */
  deploy(app: StoredApp, spec: AppSpec, more: Partial<Deployment> = {}): StoredDeployment {
    for (const other of app.deployments)
      if (other.script.length > 0) Object.assign(other, { phase: 'CANCELED', script: [] });
    app.spec = withDefaults({ region: 'nyc', ...encrypt(spec) });
    app.lastCreatedAt = new Date().toISOString();
    const live = app.deployments.find(({ phase }) => phase === 'ACTIVE');
    const deployment: StoredDeployment = {
      id: randomUUID(),
      ...(live && { previous_deployment_id: live.id }),
      phase: 'PENDING_BUILD',
      spec: app.spec,
      created_at: app.lastCreatedAt,
      cause: 'app spec updated',
      script: [...(this.scripts.get(spec.name)?.shift() ?? good)],
      ...more,
    };
    app.deployments.unshift(deployment);
    return deployment;
  }

  /** The same, live at once. */
  deployLive(app: StoredApp, spec: AppSpec): StoredDeployment {
    const deployment = this.deploy(app, spec);
    this.#run(app, deployment);
    return deployment;
  }

  #step(app: StoredApp, deployment: StoredDeployment): void {
    const phase = deployment.script.shift();
    if (!phase) return;
    if (phase === 'ACTIVE') {
      for (const other of app.deployments) if (other.phase === 'ACTIVE') other.phase = 'SUPERSEDED';
    }
    deployment.phase = phase;
    deployment.progress = progressOf(phase);
  }

  #show(app: StoredApp): App {
    const active = app.deployments.find(({ phase }) => phase === 'ACTIVE');
    const coming = app.deployments.find(({ script }) => script.length > 0);
    const isPending = coming?.phase === 'PENDING_BUILD';
    return {
      id: app.id,
      spec: app.spec,
      last_deployment_created_at: app.lastCreatedAt,
      ...(active && { active_deployment: active, live_url: app.url, default_ingress: app.url }),
      ...(coming && { [isPending ? 'pending_deployment' : 'in_progress_deployment']: coming }),
      ...(app.pinned && { pinned_deployment: { id: app.pinned } }),
    };
  }
}

function progressOf(phase: Phase): NonNullable<Deployment['progress']> {
  if (phase === 'ERROR') {
    const reason = { code: 'DeployContainerExitNonZero', message: 'the container exited with code 1' };
    const wait = {
      name: 'wait',
      status: 'ERROR' as const,
      message_base: 'Waiting for service',
      component_name: 'web',
      reason,
    };
    return {
      error_steps: 1,
      success_steps: 4,
      total_steps: 6,
      steps: [
        { name: 'build', status: 'SUCCESS' },
        { name: 'deploy', status: 'ERROR', steps: [{ name: 'components', status: 'ERROR', steps: [wait] }] },
      ],
    };
  }
  const running = {
    name: 'web',
    status: 'RUNNING' as const,
    message_base: 'Building service',
    component_name: 'web',
  };
  return {
    success_steps: phase === 'ACTIVE' ? 6 : 2,
    total_steps: 6,
    steps: [{ name: 'build', steps: [running] }],
  };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The fingerprint in the live spec of an app. */
export function liveFingerprint(app: StoredApp): string | undefined {
  return app.spec.envs?.find(({ key }) => key === fingerprintKey)?.value;
}
