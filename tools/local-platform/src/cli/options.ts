import { InvalidArgumentError } from '../command-line/index.js';
import type { LogType } from '../logs/log-folder.js';
import type { TestFlags } from '../rules/test-flags.js';

/** How a person names the logs. */
export const logTypes = {
  run: 'RUN',
  restarted: 'RUN_RESTARTED',
  deploy: 'DEPLOY',
  build: 'BUILD',
} satisfies Record<string, LogType>;

/** The arguments of a command. */
export interface CliOptions {
  /** What follows the command. */
  names: readonly string[];
  port: number | undefined;
  /** As they were given. */
  test: TestFlags;
  json: boolean;
  type: LogType;
  follow: boolean;
  raw: boolean;
  yes: boolean;
}

/** The options of a command line, as they are declared. */
export interface GivenOptions {
  directory?: string;
  port?: number;
  simulate?: string[];
  fault?: string[];
  rateLimit?: string;
  requestLog?: string;
  json?: boolean;
  type?: keyof typeof logTypes;
  follow?: boolean;
  raw?: boolean;
  yes?: boolean;
}

export function optionsOf(names: readonly string[], given: GivenOptions): CliOptions {
  const { port, simulate, fault, rateLimit, requestLog } = given;
  return {
    names,
    port,
    test: { simulate, fault, 'rate-limit': rateLimit, 'request-log': requestLog },
    json: given.json ?? false,
    type: logTypes[given.type ?? 'run'],
    follow: given.follow ?? false,
    raw: given.raw ?? false,
    yes: given.yes ?? false,
  };
}

/** @throws InvalidArgumentError for an invalid port */
export function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  throw new InvalidArgumentError('Expected an integer from 1 to 65535.');
}

/** An option that may be repeated. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
