import { type AppSpec, AppSpecError, type AppSpecFileIssue, resolveSpec } from '@odoobo/app-platform/spec';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAppSpec } from '../manifest/load-app-spec.js';
import { loadManifest } from '../manifest/load-manifest.js';
import type { SkillPlace } from '../manifest/skill-place.js';
import { appOf } from '../placement/app-name.js';
import { placementName, usualEnvironments } from '../placement/environment.js';
import { placedSpec } from '../placement/placed-spec.js';
import { ownPlacementsFile } from '../placement/placement-files.js';
import { placementIssues } from '../placement/placement-issues.js';
import { readPlacements, readPlacementsOnce } from '../placement/placements.js';
import { placementsIn } from '../placement/placements-file.js';
import { type Entry, withEntries } from './edit-placements.js';

/** A tenant that is to be added. */
export interface NewTenant {
  tenant: string;
  environment: string;
  region?: string | undefined;
  /** Each skill gets `<skill>.<domain>`. */
  domain?: string | undefined;
}

/** An app that a tenant will have. */
export interface TenantApp {
  app: string;
  skill: string;
  /** Without the values of its secrets. */
  spec: AppSpec;
  /** The file that gets its placement, and the text of it then. */
  file: string;
  text: string;
  /** The variables that its secrets are read from. */
  secrets: string[];
  /** Whether the entry of the app that is called as the skill was added too, which would no longer be deployed otherwise. */
  keepsOwn: boolean;
}

/**
 * What adding a tenant to skills would write, without writing it.
 * @param all the skills of the workspace
 * @throws AppSpecError with everything that would be wrong then; an error for a name that is none, or a tenant that is there
 */
export async function planTenant(
  wanted: NewTenant,
  places: readonly SkillPlace[],
  all: readonly SkillPlace[],
): Promise<TenantApp[]> {
  if (!placementName.test(wanted.tenant))
    throw new Error(
      `"${wanted.tenant}" is no name of a tenant: expected 2 to 20 of a-z, 0-9 and "-", starting with a letter.`,
    );
  const apps = await Promise.all(places.map((place) => planApp(wanted, place)));
  const texts = new Map(apps.map(({ file, text }) => [file, text]));
  const ofFile = readPlacementsOnce();
  const read = async (root: string, file: string) => {
    const text = texts.get(file);
    return text === undefined ? ofFile(root, file) : placementsIn(text, file);
  };
  const issues: AppSpecFileIssue[] = [];
  for (const place of places) {
    const spec = await specOf(place);
    issues.push(...(await placementIssues(place.workspaceRoot, place.skill, all, spec, read)));
  }
  if (issues.length > 0) throw new AppSpecError(issues);
  return apps;
}

async function planApp(wanted: NewTenant, place: SkillPlace): Promise<TenantApp> {
  const { tenant, environment } = wanted;
  const { workspaceRoot, skill } = place;
  const placements = (await readPlacements(place)).filter((one) => one.environment === environment);
  if (placements.some((one) => one.name === tenant || one.tenant === tenant))
    throw new Error(
      `${skill} already has a placement of "${tenant}" in ${environment}. Nothing was written.`,
    );
  const entry = entryOf(wanted, skill);
  const keepsOwn = placements.length === 0 && usualEnvironments.includes(environment);
  const file = ownPlacementsFile(skill);
  const before = existsSync(join(workspaceRoot, file))
    ? await readFile(join(workspaceRoot, file), 'utf8')
    : undefined;
  const text = withEntries(before, file, [...(keepsOwn ? [{ environment }] : []), entry]);
  const written = placementsIn(text, file).find((one) => one.tenant === tenant);
  const app = appOf(skill, { environment, name: tenant });
  const placed = placedSpec(await specOf(place), {
    skill: app,
    placement: written && { ...written, of: skill },
  });
  return { app, skill, file, text, keepsOwn, ...withoutValues(placed, entry.secretsPrefix) };
}

function entryOf({ tenant, environment, region, domain }: NewTenant, skill: string): Entry {
  return {
    name: tenant,
    ...(environment !== 'production' && { environment }),
    tenant,
    ...(region !== undefined && { region: region as NonNullable<Entry['region']> }),
    secretsPrefix: `${tenant.toUpperCase().replaceAll('-', '_')}_`,
    ...(domain !== undefined && {
      overlay: { domains: [{ domain: `${skill}.${domain}`, type: 'PRIMARY' }] },
    }),
  };
}

async function specOf({ workspaceRoot, skillRoot }: SkillPlace): Promise<AppSpec> {
  return (await loadAppSpec(workspaceRoot, await loadManifest(workspaceRoot, skillRoot))).spec;
}

/** The spec that the platform is asked the price of, and what it reads secrets from. No price depends on the branch, which must be one. */
function withoutValues(
  placed: AppSpec,
  secretsPrefix: string | undefined,
): Pick<TenantApp, 'spec' | 'secrets'> {
  const { spec, missing } = resolveSpec({
    spec: placed,
    file: '',
    environment: { GITHUB_REF_NAME: 'main' },
    secretsPrefix,
    artefact: { repository: '', digest: `sha256:${'0'.repeat(64)}` },
    source: 'as-written',
  });
  return { spec, secrets: [...new Set(missing.flatMap(({ key, secret }) => (secret ? key : [])))] };
}
