import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SkillPlace } from '../manifest/skill-place.js';
import { didYouMean } from '../terminal/did-you-mean.js';
import { defaultPlacement } from './environment.js';

/** Which apps of skills a run is about. */
export interface Selection {
  environment: string;
  /** Names, separated by commas. Default: all of the environment, as for tenants. */
  placements?: string | undefined;
  /** As placements; or `@` and a file, relative to the workspace, with a name on each line. */
  tenants?: string | undefined;
}

/** A selection whose names were read. */
export interface Chosen {
  environment: string;
  placements: ReadonlySet<string> | undefined;
  tenants: ReadonlySet<string> | undefined;
}

/** @throws for a file of tenants that cannot be read, or names none */
export function chosenBy({ environment, placements, tenants }: Selection, workspaceRoot: string): Chosen {
  const ofTenants = tenants?.startsWith('@')
    ? tenantsIn(resolve(workspaceRoot, tenants.slice(1)), tenants.slice(1))
    : namesIn(tenants);
  return { environment, placements: namesIn(placements), tenants: ofTenants };
}

export function isChosen(app: SkillPlace, { placements, tenants }: Chosen): boolean {
  const isNamed = placements?.has(placementOf(app)) ?? true;
  return isNamed && (tenants?.has(app.placement?.tenant ?? '') ?? true);
}

/** @throws for a name that no app has, or where no app has all that is asked for */
export function requireChosen(apps: readonly SkillPlace[], chosen: Chosen): void {
  const { environment, placements, tenants } = chosen;
  requireKnown('placement', placements, apps.map(placementOf), environment);
  const known = apps.flatMap(({ placement }) => placement?.tenant ?? []);
  requireKnown('tenant', tenants, known, environment);
  if (apps.length > 0 && !apps.some((app) => isChosen(app, chosen)))
    throw new Error(
      `No placement of ${some([...(tenants ?? [])])} is called ${some([...(placements ?? [])])} in ${environment}.`,
    );
}

export function placementOf(app: SkillPlace | undefined): string {
  return app?.placement?.name ?? defaultPlacement;
}

/** Undefined if the option is not given, or empty like an input of a workflow that was not filled in. */
function namesIn(option: string | undefined): ReadonlySet<string> | undefined {
  const names = (option ?? '').split(',').flatMap((name) => name.trim() || []);
  return names.length > 0 ? new Set(names) : undefined;
}

/** Without empty lines, and lines that begin with `#`. */
function tenantsIn(path: string, file: string): ReadonlySet<string> {
  const lines = readText(path, file)
    .split('\n')
    .map((line) => line.trim());
  const names = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (names.length > 0) return new Set(names);
  throw new Error(`${file} names no tenant. Write one on each line.`);
}

function readText(path: string, file: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`The file of tenants ${file} cannot be read. Its path is relative to the workspace.`, {
      cause,
    });
  }
}

function requireKnown(
  what: string,
  asked: ReadonlySet<string> | undefined,
  known: readonly string[],
  environment: string,
): void {
  const names = new Set(known);
  const unknown = [...(asked ?? [])].filter((name) => !names.has(name));
  const [first] = unknown;
  if (first === undefined) return;
  const hint = didYouMean(first, [...names]) || ` There is: ${some([...names]) || 'none'}.`;
  const others = unknown.length > 1 ? ` Nor are there: ${some(unknown.slice(1))}.` : '';
  throw new Error(`There is no ${what} "${first}" in ${environment}.${others}${hint}`);
}

const mostNamed = 20;

function some(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return names.slice(0, mostNamed).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
