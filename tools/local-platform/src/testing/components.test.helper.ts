import type { App, Job, Service, Worker } from '@odoobo/app-platform/spec';
import { identify, isAlive } from '@odoobo/machine/process';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually, impatient, type TestPlatform } from './platform.test.helper.js';

/** What `goodService` answers. */
export interface Served {
  version: string;
  pid: number;
  env: Record<string, string>;
}

const soon = { termination: { grace_period_seconds: 1 } };

function imageOf(digest: string) {
  return { registry_type: 'DOCR' as const, repository: 'shop', digest };
}

export function service(name: string, digest: string, more: Partial<Service> = {}): Service {
  return {
    name,
    image: imageOf(digest),
    health_check: { ...impatient, failure_threshold: 20 },
    termination: { drain_seconds: 1, grace_period_seconds: 1 },
    ...more,
  };
}

export function worker(name: string, digest: string, more: Partial<Worker> = {}): Worker {
  return { name, image: imageOf(digest), ...soon, ...more };
}

export function job(name: string, kind: Job['kind'], digest: string, more: Partial<Job> = {}): Job {
  return { name, kind, image: imageOf(digest), ...soon, ...more };
}

/** What runs, several to an instance size: the smallest allows only one. */
export const scalable = { instance_size_slug: 'apps-s-1vcpu-1gb' as const };

export async function ask(app: App, path = ''): Promise<Served> {
  return (await fetch(`${app.live_url}${path}`)).json() as Promise<Served>;
}

/** Waits until that very process has ended. */
export function isGone(pid: number): Promise<true> {
  return eventually(async () => {
    const identity = await identify(pid);
    return identity && (await isAlive(identity)) ? undefined : true;
  });
}

export interface Run {
  id: string;
  job_name: string;
  deployment_id: string;
  phase: string;
}

/** The runs of an app's jobs, newest first, such as `migrate SUCCEEDED`. */
export async function runsOfJobs(test: TestPlatform, app: string): Promise<string[]> {
  const path = `/v2/apps/${app}/job-invocations`;
  const { body } = await test.call<{ job_invocations: Run[] }>('GET', path);
  return body.job_invocations.map(({ job_name: name, phase }) => `${name} ${phase}`);
}

/** Between two requests of a client: three clients ask 150 times a second, at night 400 times. */
const pauseMs = process.env['NIGHTLY'] ? 5 : 20;

/**
 * Asks repeatedly until `stop` is called; returns the statuses of all responses, 0 for none. Without a pause it would take a whole
 * processor from what it waits for.
 */
export function keepAsking(
  url: string,
  clients = 3,
  request: RequestInit = {},
): { stop(): Promise<Set<number>> } {
  const statuses = new Set<number>();
  let over = false;
  const load = Array.from({ length: clients }, async () => {
    while (!over) {
      statuses.add((await fetch(url, request).catch(() => ({ status: 0 }))).status);
      await delay(pauseMs);
    }
  });
  return {
    stop: async () => {
      over = true;
      await Promise.all(load);
      return statuses;
    },
  };
}
