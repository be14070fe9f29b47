import { InvalidArgumentError, Option, UsageError } from '@odoobo/local-platform/command-line';
import { environmentsOfWorkspace } from '@odoobo/ship/placement/placement-files';
import type { PlatformOptions } from '@odoobo/ship/platform/connect';
import { didYouMean } from '@odoobo/ship/terminal/did-you-mean';

/**
 * The names in `a,b`; undefined if the option is missing, or empty like a workflow input that was not filled in.
 * @throws where it contains no name
 */
export function parseNames(option: string | undefined): string[] | undefined {
  if (option === undefined || option.trim() === '') return undefined;
  const names = option.split(',').flatMap((name) => name.trim() || []);
  if (names.length === 0) throw new UsageError(`--skills=${option} names no skill. Example: --skills=a,b`);
  return [...new Set(names)];
}

/** @throws InvalidArgumentError if the value is not the number of a pull request */
export function pullRequestOf(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected the number of a pull request.');
}

/** The options of a command that works with one platform. */
export interface PlaceOptions {
  configuration?: string | undefined;
  platformUrl?: string | undefined;
}

export function configurationOption(): Option {
  return new Option(
    '-c, --configuration <name>',
    'Where: production is App Platform, as is each environment of your placements. Default: the local platform.',
  );
}

export function platformUrlOption(): Option {
  return new Option('--platform-url <url>', 'With -c production: another endpoint with its API.');
}

/** The configurations of the workspace that this process is in. */
export async function configurationsHere(): Promise<string[]> {
  return ['production', ...(await environmentsOfWorkspace(process.cwd()))];
}

/** @throws UsageError for an unknown configuration */
export async function environmentOf({ configuration, platformUrl }: PlaceOptions): Promise<PlatformOptions> {
  if (configuration === undefined) return { environment: 'local', platformUrl };
  const known = await configurationsHere();
  if (known.includes(configuration)) return { environment: configuration, platformUrl };
  throw new UsageError(
    `Expected -c ${known.join(', -c ')}, or nothing for the local platform; got "${configuration}".${didYouMean(configuration, known)}`,
  );
}
