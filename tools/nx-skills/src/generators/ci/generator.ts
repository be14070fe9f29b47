import { readNxJson, type Tree } from '@nx/devkit';
import { runner } from '@odoobo/machine/package-manager';
import { durationMs } from '@odoobo/machine/time';
import { targetNamesOf } from '@odoobo/ship/manifest/target-names';
import { usualEnvironments } from '@odoobo/ship/placement/environment';
import { ownPlacementsFile, sharedPlacementsFile } from '@odoobo/ship/placement/placement-files';
import { isSamePlacement, placementsIn, type WrittenPlacement } from '@odoobo/ship/placement/placements-file';
import { parseOptions } from '@odoobo/ship/runs/options';
import { pluginOptionsIn } from '../../inference/plugin-options.js';
import { readAppSpecs, type Wanted } from './app-specs.js';
import { ciManager } from './ci-manager.js';
import { includePipeline } from './included-pipeline.js';
import { jobNeeds } from './job-needs.js';
import { manifestValues } from './manifest-values.js';
import { type CiOptions, ciOptions } from './options.js';
import { renderFiles } from './render-files.js';
import { wantedRollouts } from './rollouts.js';

/**
 * Writes the workflows that deploy skills in parallel, and previews of pull requests. Safe to repeat; repeat it when
 * App Specs use other variables or registries. Files changed by hand are only overwritten with `--overwrite`.
 * @throws if a file exists and differs; if an App Spec uses a variable that the
 * workflows set themselves
 */
export default async function ciGenerator(tree: Tree, rawOptions: CiOptions): Promise<void> {
  const { provider, overwrite } = parseOptions(ciOptions, rawOptions, '@odoobo/nx-skills:ci');
  const options = pluginOptionsIn(readNxJson(tree) ?? {});
  const wanted = readAppSpecs(tree);
  const needsIn = (environment: string) => jobNeeds(wantedIn(tree, wanted, environment), options?.baseImage);
  const [stages, times] = [stagesBefore(tree), timesOfScale(tree)];
  const files = renderFiles({
    provider,
    defaultBranch: readNxJson(tree)?.defaultBase ?? 'main',
    manager: await ciManager(tree),
    needs: needsIn('production'),
    needsOfPreviews: jobNeeds(wanted, options?.baseImage),
    names: targetNamesOf(options),
    rollouts: wantedRollouts(tree, options?.rollout),
    stages: stages.map((environment) => ({ environment, env: needsIn(environment).deploy.env })),
    soakMinutes: soakMinutes(tree, wanted),
    scale: times === undefined ? undefined : { times, environments: ['production', ...stages] },
  });
  const differing = [...files].filter(([file, text]) => (tree.read(file, 'utf8') ?? text) !== text);
  if (differing.length > 0 && !overwrite) {
    const names = differing.map(([file]) => `  ${file}\n`).join('');
    throw new Error(
      `Nothing was written, because these files exist and differ:\n${names}Overwrite them, and review the changes: ${runner} nx g @odoobo/nx-skills:ci --overwrite && git diff`,
    );
  }
  for (const [file, text] of files) tree.write(file, text);
  if (provider === 'gitlab') includePipeline(tree);
}

/** The environments that all skills have, beside the usual ones, in the order of the file: production comes after them. */
function stagesBefore(tree: Tree): string[] {
  const named = placementsOf(tree, sharedPlacementsFile).map(({ environment }) => environment);
  return [...new Set(named)].filter((one) => !usualEnvironments.includes(one));
}

/**
 * What App Specs need in an environment: the secrets of each placement have its prefix. An App Spec without a placement there needs
 * what it says in production, and nothing elsewhere.
 */
function wantedIn(tree: Tree, wanted: readonly Wanted[], environment: string): Wanted[] {
  const shared = placementsOf(tree, sharedPlacementsFile);
  return wanted.map((one) => {
    const here = placementsOfSkill(tree, shared, one.name).filter(
      (placement) => placement.environment === environment,
    );
    const isUsual = here.length === 0 && usualEnvironments.includes(environment);
    const prefixes = isUsual ? [''] : [...new Set(here.map(({ secretsPrefix = '' }) => secretsPrefix))];
    const variables = one.variables.flatMap(({ key, secret }) =>
      (secret ? prefixes : prefixes.slice(0, 1)).map((prefix) => ({
        key: secret ? `${prefix}${key}` : key,
        secret,
      })),
    );
    return { ...one, variables };
  });
}

/** The longest that the soak times of one skill take together, in minutes. */
function soakMinutes(tree: Tree, wanted: readonly Wanted[]): number {
  const shared = placementsOf(tree, sharedPlacementsFile);
  const all = wanted.map(({ name }) => {
    const longest = new Map<string, number>();
    for (const { environment, wave = 1, soak = '' } of placementsOfSkill(tree, shared, name)) {
      const key = `${environment} ${wave}`;
      longest.set(key, Math.max(longest.get(key) ?? 0, durationMs(soak) ?? 0));
    }
    return [...longest.values()].reduce((sum, one) => sum + one, 0);
  });
  return Math.ceil(Math.max(0, ...all) / 60_000);
}

function placementsOfSkill(
  tree: Tree,
  shared: readonly WrittenPlacement[],
  skill: string,
): WrittenPlacement[] {
  const own = placementsOf(tree, ownPlacementsFile(skill));
  return [...shared.filter((one) => !own.some((other) => isSamePlacement(one, other))), ...own];
}

/** `validate` reports a file that is wrong. */
function placementsOf(tree: Tree, file: string): WrittenPlacement[] {
  try {
    return placementsIn(tree.read(file, 'utf8') ?? 'placements: []', file);
  } catch {
    return [];
  }
}

/** A time of a schedule in a manifest. */
interface Time {
  cron: string;
  zone: string;
}

/**
 * When the schedules of a workspace change a size, as a cron line in UTC: their minutes, in every hour. Undefined if no manifest has a
 * schedule. `validate` reports those that are wrong.
 */
function timesOfScale(tree: Tree): string | undefined {
  const times = manifestValues(tree, 'scale')
    .flatMap((value) => (Array.isArray(value) ? value : []))
    .flatMap(timeOf);
  const minutes = new Set(times.flatMap(utcMinutes));
  if (minutes.size === 0) return undefined;
  return `${[...minutes].sort((a, b) => a - b).join(',')} * * * *`;
}

function timeOf(entry: unknown): Time[] {
  const { cron, zone = 'UTC' } = (entry ?? {}) as { cron?: unknown; zone?: unknown };
  return typeof cron === 'string' && typeof zone === 'string' ? [{ cron, zone }] : [];
}

const [january, july] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 6, 1)];

/** Some zones differ from UTC by half an hour, or a quarter of one, in summer maybe by another part. */
function utcMinutes({ cron, zone }: Time): number[] {
  const offsets = [january, july].map((at) => offsetMinutes(zone, at));
  return minutesIn(cron).flatMap((minute) => offsets.map((offset) => (((minute - offset) % 60) + 60) % 60));
}

/** `GMT+05:30` -> 330; 0 for a zone that there is not. */
function offsetMinutes(timeZone: string, at: number): number {
  try {
    const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
    const text = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign = '+', hours = '0', minutes = '0'] = /([+-])(\d\d):(\d\d)/.exec(text) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  } catch {
    return 0;
  }
}

/** The minutes of a cron line: `0`, `0,30`, `10-20`, a step such as every fifteenth. */
function minutesIn(cron: string): number[] {
  const [field = ''] = cron.trim().split(/\s+/);
  return field.split(',').flatMap((part) => {
    const [, first, last, step = '1'] = /^(\*|\d{1,2})(?:-(\d{1,2}))?(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    if (first === undefined) return [];
    const from = first === '*' ? 0 : Number(first);
    const isRange = first === '*' || part.includes('/');
    const to = last === undefined ? (isRange ? 59 : from) : Number(last);
    const every = Math.max(1, Number(step));
    return Array.from({ length: 60 }, (_, minute) => minute).filter(
      (minute) => minute >= from && minute <= to && (minute - from) % every === 0,
    );
  });
}
