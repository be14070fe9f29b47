import type { AppSpec, DeployRequest } from '@odoobo/app-platform';
import type { SimulatedDeployment } from '@odoobo/local-platform';

/** Which apps are deployed, and how long that takes on the platform. */
export interface Scenario {
  apps: number;
  /** How long each deployment takes: five minutes; one to five minutes; half a minute. */
  deploys: 'equal' | 'spread' | 'short';
  /** The share of the apps whose deployment fails, from 0 to 1. */
  failing?: number;
  /** The wave of each placement of a skill, in ascending order; the apps of a skill follow each other. Default: no waves. */
  waves?: readonly number[];
}

/** The build takes half of a deployment. */
const buildShare = 0.5;
const minutes = 60_000;
/** The first version is deployed before the measurement. */
export const [seededVersion, deployedVersion] = ['1', '2'];

const digest = `sha256:${'5'.repeat(64)}`;

export function requestsOf(scenario: Scenario, version: string, timeoutMs: number): DeployRequest[] {
  return Array.from({ length: scenario.apps }, (_, index) => {
    const name = nameOf(index);
    const request = { skill: name, spec: specOf(name, version), healthPath: '/health', digest, timeoutMs };
    const before = waveBefore(scenario, index);
    if (before.length === 0) return request;
    const earlier = { wave: waveOf(scenario, index) - 1, skills: before.map(nameOf), soakMs: 0 };
    return { ...request, wave: waveOf(scenario, index), earlier };
  });
}

const nameOf = (index: number) => `app-${index}`;

export function waveOf({ waves = [] }: Scenario, index: number): number {
  return waves[index % waves.length] ?? 1;
}

/** The apps of the same skill in the wave before that of an app. */
export function waveBefore(scenario: Scenario, index: number): number[] {
  const { waves = [] } = scenario;
  const first = index - (index % waves.length);
  return waves.flatMap((wave, at) => (wave === waveOf(scenario, index) - 1 ? [first + at] : []));
}

function specOf(name: string, version: string): AppSpec {
  return {
    name,
    services: [
      {
        name: 'web',
        image: { registry_type: 'DOCR', repository: name, digest },
        health_check: { http_path: '/health' },
        envs: [{ key: 'VERSION', value: version }],
      },
    ],
  };
}

/** How the platform should simulate the deployment of a spec. */
export function simulationOf(scenario: Scenario, { name, services }: AppSpec): SimulatedDeployment {
  if (services?.[0]?.envs?.some(({ value }) => value === seededVersion)) return {};
  const index = Number(name.slice('app-'.length));
  const ms = durationOf(scenario, index);
  return {
    buildMs: ms * buildShare,
    deployMs: ms * (1 - buildShare),
    failsIn: fails(scenario, index) ? 'DEPLOYING' : undefined,
  };
}

/** The duration of a deployment in milliseconds. */
export function durationOf({ deploys }: Scenario, index: number): number {
  if (deploys === 'equal') return 5 * minutes;
  if (deploys === 'short') return 0.5 * minutes;
  return (1 + 4 * chance(index)) * minutes;
}

/** How the deploy of an app ends: live, the reason of the platform, or held because an earlier wave failed. */
export function expectedEnd(scenario: Scenario, index: number): string {
  if (isHeld(scenario, index)) return 'EarlierWaveFailed';
  return fails(scenario, index) ? 'DeployContainerHealthChecksFailed' : 'live';
}

export function isHeld(scenario: Scenario, index: number): boolean {
  return waveBefore(scenario, index).some((one) => fails(scenario, one) || isHeld(scenario, one));
}

function fails({ failing = 0 }: Scenario, index: number): boolean {
  return failing > 0 && index % Math.round(1 / failing) === 0;
}

/** A pseudo-random number from 0 to 1, the same in each run and process (Knuth's multiplicative hash). */
function chance(index: number): number {
  return ((Math.imul(index + 1, 2_654_435_761) >>> 0) % 10_007) / 10_006;
}
