import { type AppPlatformClient, deployFleet, type DeployRequest } from '@odoobo/app-platform';
import type { Clock } from '@odoobo/machine/time';
import { Agent } from 'undici';
import type { ServerReady } from './messages.js';

/** How the deploy of one app ended. */
export interface Ended {
  name: string;
  /** `live`, or the reason of the failure. */
  outcome: string;
  /** When it ended, on the scaled clock. */
  at: number;
}

interface FleetOptions {
  client: AppPlatformClient;
  clock: Clock;
  oneAtATime: boolean;
}

/** Measurements have no deadline: on the scaled clock, this machine's own work takes many times as long. */
export const noDeadlineMs = 36_000_000;

/** Our engine: all apps together, or one after the other. As the product does, it claims each app before it writes to it. */
export async function deployAll(requests: DeployRequest[], options: FleetOptions): Promise<Ended[]> {
  const { client, clock, oneAtATime } = options;
  const ended = new Map<string, number>();
  const claim = async () => ({ release: async () => undefined });
  const runs = oneAtATime ? requests.map((request) => [request]) : [requests];
  const results = [];
  for (const run of runs) {
    const onEvent = (event: { type: string; skill: string }) => {
      if (event.type === 'finished') ended.set(event.skill, clock.now());
    };
    const deps = { client, clock, claim, onEvent, verifyTimeoutMs: noDeadlineMs };
    results.push(...(await deployFleet(run, deps)));
  }
  return results.map(({ skill, outcome, cause }) => ({
    name: skill,
    outcome: outcome === 'deployed' ? 'live' : (cause?.code ?? outcome),
    at: ended.get(skill) ?? NaN,
  }));
}

interface Reply {
  app?: { id: string; pending_deployment?: { id: string } };
  deployment?: { phase: string };
}

/** How often the official CLI reads a deployment, and what it does in between. */
const pollMs = 10_000;
const mostPolls = 180;

/** One loop per app, all at the same time, as in the official CLI: create the app, then read its deployment. */
export async function pollEach(
  requests: DeployRequest[],
  { url, token, clock }: ServerReady & { clock: Clock },
): Promise<Ended[]> {
  const agent = new Agent();
  const call = async (method: 'GET' | 'POST', path: string, body?: unknown): Promise<Reply> => {
    for (;;) {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const sent = body === undefined ? null : JSON.stringify(body);
      const reply = await agent.request({ origin: url, path, method, headers, body: sent });
      const answer = (await reply.body.json()) as Reply;
      if (reply.statusCode === 200) return answer;
      if (reply.statusCode !== 429) throw new Error(`${method} ${path}: ${reply.statusCode}`);
      await clock.sleep(toldToWait(reply.headers, clock.now()));
    }
  };
  const follow = async ({ spec }: DeployRequest): Promise<Ended> => {
    const { app } = await call('POST', '/v2/apps', { spec });
    const path = `/v2/apps/${app?.id}/deployments/${app?.pending_deployment?.id}`;
    for (let polls = 0; polls < mostPolls; polls += 1) {
      await clock.sleep(pollMs);
      const { deployment } = await call('GET', path);
      if (deployment?.phase === 'ACTIVE') return { name: spec.name, outcome: 'live', at: clock.now() };
      if (deployment?.phase === 'ERROR') return { name: spec.name, outcome: 'ERROR', at: clock.now() };
    }
    return { name: spec.name, outcome: 'given up', at: clock.now() };
  };
  try {
    return await Promise.all(requests.map(follow));
  } finally {
    await agent.close();
  }
}

/** How long to wait, in milliseconds: the burst's `retry-after`, or until the oldest call of the hour expires. */
function toldToWait(headers: Record<string, string | string[] | undefined>, now: number): number {
  const seconds = Number(headers['retry-after'] ?? NaN);
  if (!Number.isNaN(seconds)) return seconds * 1000;
  return Math.max(1000, Number(headers['ratelimit-reset']) * 1000 - now);
}
