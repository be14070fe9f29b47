import type { AppSpec, DeployRequest } from '@odoobo/app-platform';
import type { SimulatedDeployment } from '@odoobo/local-platform';

/** Which apps are deployed, and how long that takes on the platform. */
export interface Scenario {
  apps: number;
  /** How long each deployment takes: five minutes; one to five minutes; half a minute. */
  deploys: 'equal' | 'spread' | 'short';
  /** The share of the apps whose deployment fails, from 0 to 1. */
  failing?: number;
}

/** The build takes half of a deployment. */
const buildShare = 0.5;
const minutes = 60_000;
/** The first version is deployed before the measurement. */
export const [seededVersion, deployedVersion] = ['1', '2'];

const digest = `sha256:${'5'.repeat(64)}`;

export function requestsOf(scenario: Scenario, version: string, timeoutMs: number): DeployRequest[] {
  return Array.from({ length: scenario.apps }, (_, index) => {
    const name = `app-${index}`;
    return { skill: name, spec: specOf(name, version), healthPath: '/health', digest, timeoutMs };
  });
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

export function fails({ failing = 0 }: Scenario, index: number): boolean {
  return failing > 0 && index % Math.round(1 / failing) === 0;
}

/** A pseudo-random number from 0 to 1, the same in each run and process (Knuth's multiplicative hash). */
function chance(index: number): number {
  return ((Math.imul(index + 1, 2_654_435_761) >>> 0) % 10_007) / 10_006;
}

/**
 * The earliest end possible for a client that does not know beforehand how long each deployment takes, in
 * milliseconds: it sends 250 writes at once and 250 more each minute, in the order of the apps, and each deployment takes
 * its time.
 */
export function earliestEnd(scenario: Scenario): number {
  const ends = Array.from({ length: scenario.apps }, (_, index) => {
    return Math.floor(index / 250) * minutes + durationOf(scenario, index);
  });
  return Math.max(...ends);
}

export function slowestDeploy(scenario: Scenario): number {
  return Math.max(...Array.from({ length: scenario.apps }, (_, index) => durationOf(scenario, index)));
}

/** The slowest deployment, or the time that the writes alone take at 250 a minute, whichever is longer. */
export function writesOrSlowest(scenario: Scenario): number {
  return Math.max(slowestDeploy(scenario), (scenario.apps / 250) * minutes);
}
