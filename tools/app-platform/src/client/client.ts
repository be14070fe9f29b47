import { isLoopback } from '@odoobo/machine/network';
import { type Clock, systemClock } from '@odoobo/machine/time';
import { Agent } from 'undici';
import type * as z from 'zod';
import type { LogFrame } from '../follow/log-frame.js';
import {
  type App,
  appResponseSchema,
  appsPageSchema,
  type AppSpec,
  type Deployment,
  deploymentResponseSchema,
  deploymentsPageSchema,
  type LogsResponse,
  logsResponseSchema,
  metricResponseSchema,
  type MetricSeries,
  type ProjectsPage,
  projectsPageSchema,
  type Proposal,
  proposalSchema,
  type RegionsPage,
  regionsPageSchema,
  type RollbackValidation,
  rollbackValidationSchema,
} from '../spec/index.js';
import { AppPlatformError } from './errors.js';
import { fetchLog, type FetchLogOptions, readLog } from './fetch-log.js';
import type { FollowLogOptions } from './follow-log.js';
import { RateLimiter } from './limiter.js';
import { type Call, type Locate, Transport } from './transport.js';

export interface AppPlatformClientOptions {
  /** URL of the API, without /v2. */
  url: string;
  token: string;
  clock?: Clock;
  /** Share one among all clients of a token. Default: the limits of DigitalOcean, or none for a platform on this machine. */
  limiter?: RateLimiter;
  /** Milliseconds for one call with all its tries; default 60,000. */
  callTimeoutMs?: number;
  /** Milliseconds without data after which one try is given up; default 30,000. */
  tryTimeoutMs?: number;
  /** For a platform whose address can change. */
  locate?: Locate;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
}

export type LogType = 'BUILD' | 'DEPLOY' | 'RUN' | 'RUN_RESTARTED';

export interface LogsQuery {
  appId: string;
  /** Default: the active deployment. */
  deploymentId?: string | undefined;
  /** Default: all components. */
  component?: string | undefined;
  type: LogType;
  follow?: boolean | undefined;
  /** How many lines from the end; for these logs a parameter that only the official Go client knows (godo, apps.go). */
  tailLines?: number | undefined;
}

/** What App Platform measures of apps. */
export type AppMetric = 'cpu_percentage' | 'memory_percentage' | 'restart_count';

const pageSize = 200;
const maxReplyBytes = 64 * 1024 * 1024;

/**
 * The API of App Platform, on the platform or on this machine: the only place that calls it.
 * Every method throws an AppPlatformError when the call fails, and the signal's reason when that is aborted.
 * Each method decides whether its call may be sent again when the reply is lost.
 */
export class AppPlatformClient {
  readonly url: string;
  readonly #agent: Agent;
  readonly #transport: Transport;

  /** @throws Error when the URL or the token is invalid */
  constructor(options: AppPlatformClientOptions) {
    checkOptions(options);
    const clock = options.clock ?? systemClock;
    this.url = options.url;
    const silence = options.tryTimeoutMs ?? 30_000;
    this.#agent = new Agent({
      connections: 16,
      connect: { timeout: silence },
      headersTimeout: silence,
      bodyTimeout: silence,
      maxResponseSize: maxReplyBytes,
    });
    this.#transport = new Transport({
      url: options.url,
      token: options.token,
      dispatcher: this.#agent,
      clock,
      limiter: options.limiter ?? defaultLimiter(options.url, clock),
      callTimeoutMs: options.callTimeoutMs ?? 60_000,
      locate: options.locate,
    });
  }

  /** Waits for calls in progress, then closes the connections. */
  close(): Promise<void> {
    return this.#agent.close();
  }

  /** All apps of the account, one call per 200. */
  async listApps({ signal }: CallOptions = {}): Promise<App[]> {
    // By id: an app that is created or deleted meanwhile shifts the pages.
    const apps = new Map<string, App>();
    for (let page = 1; ; page += 1) {
      const reply = await this.#get('/v2/apps', appsPageSchema, signal, { page, per_page: pageSize });
      const before = apps.size;
      for (const app of reply.apps) apps.set(app.id, app);
      const isLast = reply.links?.pages?.next === undefined || apps.size === before;
      if (isLast) return [...apps.values()];
    }
  }

  async getApp(appId: string, { signal }: CallOptions = {}): Promise<App> {
    return (await this.#get(path`/v2/apps/${appId}`, appResponseSchema, signal)).app;
  }

  /**
   * Not repeated when the reply is lost: there could be two apps. A name that is in use is answered with 409.
   * @param options.project the id of the project that it belongs to; the default one of the account without it
   */
  async createApp(
    spec: AppSpec,
    { project, signal }: CallOptions & { project?: string | undefined } = {},
  ): Promise<App> {
    const body = { spec, ...(project !== undefined && { project_id: project }) };
    const call = { method: 'POST', path: '/v2/apps', body, schema: appResponseSchema } as const;
    return (await this.#transport.send({ ...call, repeatable: false, signal })).app;
  }

  /**
   * Replaces the spec, which starts a deployment. Not repeated when the reply is lost: it could deploy twice.
   * @param options.updateAllSourceVersions build the newest commit instead of the live one
   */
  async updateApp(
    appId: string,
    spec: AppSpec,
    { updateAllSourceVersions = false, signal }: CallOptions & { updateAllSourceVersions?: boolean } = {},
  ): Promise<App> {
    const body = { spec, update_all_source_versions: updateAllSourceVersions };
    const call = { method: 'PUT', path: path`/v2/apps/${appId}`, body, schema: appResponseSchema } as const;
    return (await this.#transport.send({ ...call, repeatable: false, signal })).app;
  }

  /** Repeated when the reply is lost: a 404 then means that the earlier try has deleted the app. */
  async deleteApp(appId: string, { signal }: CallOptions = {}): Promise<void> {
    try {
      await this.#transport.send({
        method: 'DELETE',
        path: path`/v2/apps/${appId}`,
        repeatable: true,
        signal,
      });
    } catch (error) {
      const gone = error instanceof AppPlatformError && error.status === 404 && error.tries > 1;
      if (!gone) throw error;
    }
  }

  /** The first page of deployments, newest first. */
  async listDeployments(appId: string, { signal }: CallOptions = {}): Promise<Deployment[]> {
    const query = { page: 1, per_page: pageSize };
    const at = path`/v2/apps/${appId}/deployments`;
    return (await this.#get(at, deploymentsPageSchema, signal, query)).deployments;
  }

  async getDeployment(
    appId: string,
    deploymentId: string,
    { signal }: CallOptions = {},
  ): Promise<Deployment> {
    const at = path`/v2/apps/${appId}/deployments/${deploymentId}`;
    return (await this.#get(at, deploymentResponseSchema, signal)).deployment;
  }

  /** Deploys the current spec again. Not repeated when the reply is lost: it could deploy twice. */
  createDeployment(
    appId: string,
    { forceBuild = false, signal }: CallOptions & { forceBuild?: boolean } = {},
  ): Promise<Deployment> {
    return this.#deploy(path`/v2/apps/${appId}/deployments`, { force_build: forceBuild }, false, signal);
  }

  /**
   * Starts the instances of what is live anew, as a new deployment without a build. Not repeated when the reply is lost: it could
   * restart twice.
   * @param options.components all without it
   */
  restart(
    appId: string,
    { components, signal }: CallOptions & { components?: readonly string[] | undefined } = {},
  ): Promise<Deployment> {
    const body = components === undefined ? {} : { components };
    return this.#deploy(path`/v2/apps/${appId}/restart`, body, false, signal);
  }

  /** Repeated when the reply is lost: cancelling a cancelled deployment has no effect. */
  cancelDeployment(appId: string, deploymentId: string, { signal }: CallOptions = {}): Promise<Deployment> {
    const at = path`/v2/apps/${appId}/deployments/${deploymentId}/cancel`;
    return this.#deploy(at, undefined, true, signal);
  }

  /** The URLs of logs; for a phase that was never reached the platform answers 400. */
  getLogs(
    query: LogsQuery,
    { signal, timeoutMs }: CallOptions & { timeoutMs?: number } = {},
  ): Promise<LogsResponse> {
    const { appId, deploymentId, component, type, follow, tailLines } = query;
    const at = [
      path`/v2/apps/${appId}`,
      deploymentId === undefined ? '' : path`/deployments/${deploymentId}`,
      component === undefined ? '' : path`/components/${component}`,
      '/logs',
    ].join('');
    return this.#transport.send({
      method: 'GET',
      path: at,
      schema: logsResponseSchema,
      query: { type, follow, tail_lines: tailLines },
      repeatable: true,
      signal,
      timeoutMs,
    });
  }

  /**
   * The end of the log at the addresses of `getLogs`; empty without an address. They are signed: the token is not sent there.
   */
  fetchLog(addresses: LogsResponse, options: FetchLogOptions = {}): Promise<string> {
    return fetchLog(this.#agent, addresses, options);
  }

  /**
   * The log at the addresses of `getLogs` as it arrives, until it ends, in frames, each with the position after it if the
   * platform reports one. The token is not sent there either.
   */
  readLog(addresses: LogsResponse, options: FollowLogOptions = {}): AsyncGenerator<LogFrame> {
    return readLog(this.#agent, addresses, options);
  }

  /**
   * Deploys an earlier deployment's spec and sources again, as a new deployment. Not repeated when the reply is lost.
   * @param options.skipPin false pins the app: the platform deploys nothing until commitRollback or revertRollback
   */
  rollback(
    appId: string,
    deploymentId: string,
    { skipPin, signal }: CallOptions & { skipPin: boolean },
  ): Promise<Deployment> {
    const body = { deployment_id: deploymentId, skip_pin: skipPin };
    return this.#deploy(path`/v2/apps/${appId}/rollback`, body, false, signal);
  }

  /** Whether a rollback would be accepted, and if not, why. Changes nothing. */
  validateRollback(
    appId: string,
    deploymentId: string,
    { skipPin, signal }: CallOptions & { skipPin: boolean },
  ): Promise<RollbackValidation> {
    return this.#transport.send({
      method: 'POST',
      path: path`/v2/apps/${appId}/rollback/validate`,
      body: { deployment_id: deploymentId, skip_pin: skipPin },
      schema: rollbackValidationSchema,
      repeatable: true,
      signal,
    });
  }

  /** Keeps a rollback and unpins the app. */
  async commitRollback(appId: string, { signal }: CallOptions = {}): Promise<void> {
    const at = path`/v2/apps/${appId}/rollback/commit`;
    await this.#transport.send({ method: 'POST', path: at, repeatable: false, signal });
  }

  /** Undoes a rollback: deploys the spec from before it, and unpins the app. Not repeated when the reply is lost. */
  revertRollback(appId: string, { signal }: CallOptions = {}): Promise<Deployment> {
    return this.#deploy(path`/v2/apps/${appId}/rollback/revert`, undefined, false, signal);
  }

  /** What an app would cost and contain. Changes nothing. */
  propose(spec: AppSpec, { appId, signal }: CallOptions & { appId?: string } = {}): Promise<Proposal> {
    const body = appId === undefined ? { spec } : { spec, app_id: appId };
    const call = { method: 'POST', path: '/v2/apps/propose', body, schema: proposalSchema } as const;
    return this.#transport.send({ ...call, repeatable: true, signal });
  }

  /** What the instances of an app have used between two times, in seconds since 1970. One call an app and metric. */
  async appMetric(
    appId: string,
    metric: AppMetric,
    { start, end, signal }: CallOptions & { start: number; end: number },
  ): Promise<MetricSeries[]> {
    const query = { app_id: appId, start, end };
    const at = `/v2/monitoring/metrics/apps/${metric}`;
    return (await this.#get(at, metricResponseSchema, signal, query)).data.result;
  }

  /** The regions in which the account can have apps; `disabled`: not now. */
  async listRegions({ signal }: CallOptions = {}): Promise<RegionsPage['regions']> {
    return (await this.#get('/v2/apps/regions', regionsPageSchema, signal)).regions;
  }

  /** The projects of the account: what its apps belong to. One call per 200. */
  async listProjects({ signal }: CallOptions = {}): Promise<ProjectsPage['projects']> {
    const projects: ProjectsPage['projects'] = [];
    for (let page = 1; ; page += 1) {
      const query = { page, per_page: pageSize };
      const reply = await this.#get('/v2/projects', projectsPageSchema, signal, query);
      projects.push(...reply.projects);
      if (reply.links?.pages?.next === undefined || reply.projects.length === 0) return projects;
    }
  }

  #get<T>(
    at: string,
    schema: z.ZodType<T>,
    signal: AbortSignal | undefined,
    query?: NonNullable<Call<T>['query']>,
  ): Promise<T> {
    return this.#transport.send({
      method: 'GET',
      path: at,
      schema,
      repeatable: true,
      signal,
      ...(query && { query }),
    });
  }

  async #deploy(
    at: string,
    body: unknown,
    repeatable: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Deployment> {
    const call = { method: 'POST', path: at, body, schema: deploymentResponseSchema } as const;
    return (await this.#transport.send({ ...call, repeatable, signal })).deployment;
  }
}

/** The limits of DigitalOcean; a platform on this machine has no limits. */
function defaultLimiter(url: string, clock: Clock): RateLimiter {
  const none = { perMinute: Infinity, perHour: Infinity };
  return new RateLimiter(isLoopback(new URL(url)) ? { clock, ...none } : { clock });
}

function checkOptions({ url, token }: AppPlatformClientOptions): void {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new Error(`"${url}" is not the URL of a platform: expected http://... or https://...`);
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new Error('the token is empty, or contains a space or a line break: check where it is set');
  }
}

/** Builds a path from parts that are escaped. */
function path(strings: TemplateStringsArray, ...parts: string[]): string {
  return String.raw({ raw: strings }, ...parts.map(encodeURIComponent));
}
