import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { EnvironmentOptions } from '../environment/connect.js';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T }>>['values'];

/**
 * The options of a command line.
 *
 * @throws for an option that the command does not have, and for anything that is no option
 */
export function parseArguments<const T extends Options>(args: readonly string[], options: T): Values<T> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (cause) {
    throw new Error(`${(cause as Error).message.split('. ')[0]}. See: npx nx-skills --help`, { cause });
  }
}

/**
 * The names in `a,b`; undefined where the option is not given, or empty as an input of a workflow that nobody filled in.
 *
 * @throws where there is no name in it
 */
export function parseNames(option: string | undefined): string[] | undefined {
  if (option === undefined || option.trim() === '') return undefined;
  const names = option.split(',').flatMap((name) => name.trim() || []);
  if (names.length === 0) throw new Error(`--skills=${option} names no skill. Such as: --skills=a,b`);
  return [...new Set(names)];
}

/** The number of a pull request; undefined where it is none. */
export function parseNumber(option: string | undefined): number | undefined {
  return /^[1-9]\d{0,6}$/.test(option ?? '') ? Number(option) : undefined;
}

/** Options of a command about one platform. */
export const placeOptions = {
  configuration: { type: 'string', short: 'c' },
  'platform-url': { type: 'string' },
} as const;

/** @throws for a configuration that is none */
export function environmentOf(options: {
  configuration?: string | undefined;
  'platform-url'?: string | undefined;
}): EnvironmentOptions {
  const { configuration, 'platform-url': platformUrl } = options;
  if (configuration !== undefined && configuration !== 'production') {
    throw new Error(`Expected -c production, or nothing for the local platform; got "${configuration}".`);
  }
  return { environment: configuration ?? 'local', platformUrl };
}
