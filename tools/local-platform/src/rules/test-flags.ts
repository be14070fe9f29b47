import { appPlatformRateLimit, type RateLimit } from '../http/rate-limit.js';
import type { PlatformOptions } from '../start-stop/platform.js';
import { faultsOf } from './fault-rules.js';
import { RuleError } from './rule.js';
import { simulationOf } from './simulation-rules.js';

/** The flags of a server for tests of other tools, in the form of `parseArgs` of node:util. */
export const testFlags = {
  simulate: { type: 'string', multiple: true },
  fault: { type: 'string', multiple: true },
  'rate-limit': { type: 'string' },
  'request-log': { type: 'string' },
} as const;

export interface TestFlags {
  simulate?: string[] | undefined;
  fault?: string[] | undefined;
  'rate-limit'?: string | undefined;
  'request-log'?: string | undefined;
}

/** @throws RuleError that names the invalid flag and the reason */
export function testOptions(
  flags: TestFlags,
): Pick<PlatformOptions, 'progression' | 'fault' | 'rateLimit' | 'requestLog'> {
  const { simulate, fault, 'rate-limit': rateLimit, 'request-log': requestLog } = flags;
  return {
    ...(simulate && { progression: { simulate: simulationOf(simulate) } }),
    ...(fault && { fault: faultsOf(fault) }),
    ...(rateLimit !== undefined && { rateLimit: parseRateLimit(rateLimit) }),
    ...(requestLog !== undefined && { requestLog }),
  };
}

/** The flags as arguments again, for the process that serves. */
export function flagArguments(flags: TestFlags): string[] {
  const names = Object.keys(testFlags) as (keyof TestFlags)[];
  return names.flatMap((name) => [flags[name] ?? []].flat().map((value) => `--${name}=${value}`));
}

function parseRateLimit(text: string): RateLimit {
  if (text === 'real') return appPlatformRateLimit;
  const [, perMinute, perHour] = /^([1-9]\d{0,6})\/([1-9]\d{0,6})$/.exec(text) ?? [];
  if (perMinute !== undefined && perHour !== undefined) {
    return { perMinute: Number(perMinute), perHour: Number(perHour) };
  }
  throw new RuleError(
    `--rate-limit: expected real, or calls per minute and per hour such as 250/5000, got "${text}".`,
  );
}
