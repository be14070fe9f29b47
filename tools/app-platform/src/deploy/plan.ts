import {
  type App,
  type AppSpec,
  type Deployment,
  isEncrypted,
  isTerminal,
  mapSecrets,
  placeName,
  secretsOf,
} from '../spec/index.js';
import type { Change } from '../versions/diff.js';
import { differences } from '../versions/diff.js';
import {
  type Fingerprint,
  fingerprintOf,
  idOf,
  type SecretsFingerprint,
  withFingerprint,
} from '../versions/secrets-fingerprint.js';
import { commitChanges, type SourceCommits } from '../versions/source-commit.js';

export interface Plan {
  /** `follow`: a deployment of exactly this spec is in progress already. `none`: it is live. */
  action: 'create' | 'update' | 'follow' | 'none';
  /** What a write would change in the live spec; empty for a create, which would change everything. */
  changes: Change[];
  /** What a write sends: the wanted spec with its secrets; unchanged ones in their encrypted form. */
  spec: AppSpec;
  app?: App;
  /** The deployment of the wanted spec, live or in progress. */
  deployment?: Deployment;
  /** What is live now. */
  live?: Deployment;
}

/** A wanted spec, and what is known of the secrets on the platform. */
export interface Desired {
  /** With plaintext secrets. */
  spec: AppSpec;
  /** Ids of fingerprints on the platform that match the wanted secrets. */
  matching: ReadonlySet<string>;
  /** The fingerprint to send when none matches; none when there are no secrets. */
  fresh?: Fingerprint | undefined;
  /** Undefined if the sources are images, or their commits do not matter. */
  sourceCommits?: SourceCommits | undefined;
}

/** The relevant specs of an app, the live one first. */
export function specsOf(app: App | undefined): AppSpec[] {
  const specs = [app?.active_deployment?.spec, underWay(app)?.spec, app?.spec];
  return specs.filter((spec) => spec !== undefined);
}

/** The deployment that will be live next. A pending one replaces the one in progress. */
export function underWay(app: App | undefined): Deployment | undefined {
  return [app?.pending_deployment, app?.in_progress_deployment].find(
    (deployment) => deployment !== undefined && !isTerminal(deployment.phase),
  );
}

/**
 * Finds out which secrets the platform has already.
 * @param carried places of secrets that are not known here and stay unchanged
 */
export async function prepare(
  spec: AppSpec,
  secrets: SecretsFingerprint,
  onPlatform: readonly AppSpec[],
  carried: ReadonlySet<string> = new Set(),
): Promise<Desired> {
  if (secrets.empty && carried.size === 0) return { spec, matching: new Set() };
  const there = new Map(onPlatform.flatMap((one) => withId(fingerprintOf(one))));
  const checked = await Promise.all(
    [...there].map(async ([id, one]) => ((await secrets.matches(one, carried)) ? [id] : [])),
  );
  const matching = new Set(checked.flat());
  if (matching.size > 0) return { spec, matching };
  return { spec, matching, fresh: await secrets.fresh([...there.values()].at(-1), carried) };
}

function withId(fingerprint: Fingerprint | undefined): [string, Fingerprint][] {
  const id = idOf(fingerprint);
  return fingerprint && id !== undefined ? [[id, fingerprint]] : [];
}

/**
 * Compares the wanted spec with the one that is really live or in progress. Not with `app.spec`: after a failed deployment
 * that is the failed spec, not the one that serves.
 */
export function planDeploy(desired: Desired, app: App | undefined): Plan {
  const spec = sealed(desired, specsOf(app));
  if (!app) return { action: 'create', changes: [], spec };
  const live = app.active_deployment;
  const coming = underWay(app);
  const base = { spec, app, ...(live && { live }) };
  const changes = live ? changesIn(desired, live) : [];
  if (coming?.spec && changesIn(desired, coming).length === 0) {
    return { ...base, action: 'follow', changes, deployment: coming };
  }
  if (!coming && live?.spec && changes.length === 0) {
    return { ...base, action: 'none', changes, deployment: live };
  }
  return { ...base, action: 'update', changes };
}

/** What a write would change in a deployment. */
function changesIn(desired: Desired, deployment: Deployment): Change[] {
  const { spec } = deployment;
  const commits = commitChanges(desired.sourceCommits ?? {}, deployment);
  return [...(spec ? differences(sealed(desired, [spec]), spec) : []), ...commits];
}

/**
 * The wanted spec as it is sent to an app: if one of its specs has the same secrets, with their encrypted values,
 * because the platform encrypts a plaintext again, which counts as a change.
 */
function sealed({ spec, matching, fresh }: Desired, there: AppSpec[]): AppSpec {
  const same = there.find((one) => matching.has(idOf(fingerprintOf(one)) ?? ''));
  if (!same) return withFingerprint(spec, fresh);
  const encrypted = new Map(
    secretsOf(same)
      .filter(({ value }) => isEncrypted(value))
      .map((place) => [placeName(place), place.value]),
  );
  const withSecrets = mapSecrets(spec, (place) =>
    isEncrypted(place.value) ? place.value : (encrypted.get(placeName(place)) ?? place.value),
  );
  return withFingerprint(withSecrets, fingerprintOf(same));
}
