import type { App, AppSpec, Deployment, Service } from '@odoobo/app-platform/spec';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { imageStoreOf } from '../images/image-store.js';
import { type Platform, type PlatformOptions, startPlatform } from '../start-stop/platform.js';
import { checkExchange } from './contract.test.helper.js';
import { writeImage } from './image.test.helper.js';

/** Runs after the test, last one first. A hook of this module would run after the tests of one file only. */
export function afterwards(cleanUp: () => Promise<unknown>): void {
  onTestFinished(async () => void (await cleanUp()), 30_000);
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'local-platform-'));
  afterwards(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A platform of its own, stopped after the test. */
export async function testPlatform(options: Partial<PlatformOptions> = {}): Promise<TestPlatform> {
  const directory = options.directory ?? (await temporaryFolder());
  const platform = await startPlatform({ ...options, directory });
  afterwards(() => platform.close());
  return new TestPlatform(directory, platform);
}

export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** A platform and the calls that tests make. */
export class TestPlatform {
  constructor(
    readonly directory: string,
    readonly platform: Platform,
  ) {}

  async call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    return callApi<T>(this.platform, method, path, body);
  }

  /** Puts a service's image into the store; returns its digest. */
  async image(source: string, command?: string[]): Promise<string> {
    const layout = await writeImage(source, command);
    afterwards(() => rm(layout, { recursive: true }));
    return imageStoreOf(this.directory).import(layout);
  }

  async create(spec: AppSpec): Promise<App> {
    const { body } = await this.call<{ app: App }>('POST', '/v2/apps', { spec });
    return body.app;
  }

  async app(id: string): Promise<App> {
    return (await this.call<{ app: App }>('GET', `/v2/apps/${id}`)).body.app;
  }

  async deployment(app: string, id: string): Promise<Deployment> {
    return (await this.call<{ deployment: Deployment }>('GET', `/v2/apps/${app}/deployments/${id}`)).body
      .deployment;
  }

  /** Creates an app and waits until its first deployment is over. */
  async deploy(spec: AppSpec, withinMs?: number): Promise<App> {
    const { id } = await this.create(spec);
    return this.settled(id, withinMs);
  }

  /** Replaces the spec and waits until that deployment is over. */
  async redeploy(id: string, spec: AppSpec): Promise<Deployment> {
    const { body } = await this.call<{ app: App }>('PUT', `/v2/apps/${id}`, { spec });
    const deployment = body.app.pending_deployment?.id ?? '';
    return eventually(async () => {
      const now = await this.deployment(id, deployment);
      return ['ACTIVE', 'ERROR', 'CANCELED'].includes(now.phase ?? '') ? now : undefined;
    });
  }

  /** The app once nothing of it is in progress. */
  settled(id: string, withinMs?: number): Promise<App> {
    return eventually(async () => {
      const app = await this.app(id);
      return app.pending_deployment || app.in_progress_deployment ? undefined : app;
    }, withinMs);
  }

  /** The text of a log, without components and times. */
  async log(app: string, type: string, deployment?: string): Promise<string> {
    return (await this.stampedLog(app, type, deployment)).replace(/^\S+ \S+Z /gm, '');
  }

  /** The text of a log. */
  async stampedLog(app: string, type: string, deployment?: string): Promise<string> {
    const of = deployment === undefined ? '' : `/deployments/${deployment}`;
    const { body } = await this.call<{ historic_urls: string[] }>(
      'GET',
      `/v2/apps/${app}${of}/logs?type=${type}`,
    );
    return (await fetch(body.historic_urls[0] ?? '')).text();
  }
}

/** Makes a call and checks it and its answer against the official document. */
export async function callApi<T>(
  { url, token }: { url: string; token: string },
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer<T>> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const { status, headers } = response;
  const answer = { status, headers, body: (text === '' ? undefined : JSON.parse(text)) as T };
  checkExchange({ method, path, request: body, ...answer });
  return answer;
}

/** A health check that gives up after about a second. */
export const impatient = { http_path: '/', period_seconds: 1, timeout_seconds: 1, failure_threshold: 1 };

/** A spec of one service; its health check leaves a good one time to start on a busy machine. */
export function specOf(name: string, digest: string, service: Partial<Service> = {}): AppSpec {
  return {
    name,
    services: [
      {
        name: 'web',
        image: { registry_type: 'DOCR', repository: name, digest },
        health_check: { ...impatient, failure_threshold: 20 },
        termination: { drain_seconds: 1, grace_period_seconds: 1 },
        ...service,
      },
    ],
  };
}

/** A digest of an image that is nowhere. */
export const noDigest = `sha256:${'0'.repeat(64)}`;

/** The first result that is not undefined. Fails after half a minute, by default: a busy machine takes long to start a process. */
export async function eventually<T>(
  look: () => Promise<T | undefined> | T | undefined,
  withinMs = 30_000,
): Promise<T> {
  const start = performance.now();
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    const waitedMs = performance.now() - start;
    if (waitedMs > withinMs) throw new Error(`Not within ${withinMs / 1000} s: ${look.toString()}`);
    // Slow results are polled less often: most polls cost a call, some a process.
    await delay(Math.min(60, Math.max(15, waitedMs / 10)));
  }
}
