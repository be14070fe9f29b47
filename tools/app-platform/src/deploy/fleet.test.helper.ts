import { type Clock, systemClock } from '@odoobo/machine/time';
import { AppPlatformClient } from '../client/client.js';
import { RateLimiter } from '../client/limiter.js';
import { deployFleet } from '../deploy-fleet/deploy-fleet.js';
import type { AppSpec } from '../spec/index.js';
import { type DeployEvent, deployEventSchema, type DeployResult } from './events.js';
import type { DeployDeps } from './fleet.js';
import { ScriptedPlatform } from './scripted-platform.test.helper.js';
import type { DeployRequest } from './skill-run.js';

export const exampleDigest = `sha256:${'a'.repeat(64)}`;

export function specOf(name: string, value = '1', secret?: string): AppSpec {
  return {
    name,
    services: [
      {
        name: 'web',
        image: { registry_type: 'DOCR', repository: name, digest: exampleDigest },
        http_port: 8080,
        envs: [
          { key: 'VERSION', value },
          ...(secret === undefined ? [] : [{ key: 'TOKEN', type: 'SECRET' as const, value: secret }]),
        ],
      },
    ],
  };
}

export function requestOf(name: string, more: Partial<DeployRequest> = {}): DeployRequest {
  return {
    skill: name,
    spec: specOf(name),
    healthPath: '/health',
    digest: exampleDigest,
    timeoutMs: 10_000,
    ...more,
  };
}

/** A scripted platform, a client of it, and the events of a run. */
export class FleetTest {
  readonly events: DeployEvent[] = [];

  private constructor(
    readonly platform: ScriptedPlatform,
    readonly client: AppPlatformClient,
    readonly clock: Clock,
  ) {}

  static async start(clock: Clock = systemClock): Promise<FleetTest> {
    const platform = await ScriptedPlatform.start();
    const limiter = new RateLimiter({ perMinute: Infinity, perHour: Infinity });
    const options = { url: platform.url, token: 'dop_v1_very_secret', limiter, clock };
    const client = new AppPlatformClient({ ...options, tryTimeoutMs: 2_000, callTimeoutMs: 60_000 });
    return new FleetTest(platform, client, clock);
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.platform.close();
  }

  deploy(requests: DeployRequest[], more: Partial<DeployDeps> = {}): Promise<DeployResult[]> {
    // Parsed, so that every event of every test is checked against the schema.
    const onEvent = (event: DeployEvent): void => void this.events.push(deployEventSchema.parse(event));
    const { client, clock } = this;
    return deployFleet(requests, {
      client,
      clock,
      pollIntervalMs: 5,
      verifyTimeoutMs: 1_000,
      onEvent,
      ...more,
    });
  }

  async deployOne(request: DeployRequest, more: Partial<DeployDeps> = {}): Promise<DeployResult> {
    const [result] = await this.deploy([request], more);
    if (!result) throw new Error('no result');
    return result;
  }

  /** The types of a skill's events, in order. */
  eventsOf(skill: string): string[] {
    return this.events.filter((event) => event.skill === skill).map(({ type }) => type);
  }
}

/** Polls until the condition holds. */
export async function until(condition: () => boolean, withinMs = 5_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error('the condition never held');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
