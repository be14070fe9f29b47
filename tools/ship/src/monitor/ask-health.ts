import { type App, askHealth, type HealthReport, LiveService, standingOf } from '@odoobo/app-platform';
import * as z from 'zod';
import { loadManifest } from '../manifest/load-manifest.js';
import type { SkillPlace } from '../manifest/skill-place.js';
import { printable } from '../terminal/printable.js';
import type { AppHealth } from './report.js';

/** A live app whose health can be checked. */
export interface Askable {
  name: string;
  url: string;
  healthPath: string;
  /** The digest of the artefact that should answer. */
  digest: string | undefined;
}

/** The health path of each skill. If a manifest is broken, the App Spec's path is used; `validate` reports the error. */
export async function readHealthPaths(places: readonly SkillPlace[]): Promise<Map<string, string>> {
  const found = await Promise.all(
    places.map(async ({ workspaceRoot, skillRoot, skill }): Promise<[string, string][]> => {
      const manifest = await loadManifest(workspaceRoot, skillRoot).catch(() => undefined);
      return manifest ? [[skill, manifest.healthPath]] : [];
    }),
  );
  return new Map(found.flat());
}

/** Undefined for an app that is not live, has no URL, or has no health path. */
export function askableOf(app: App, healthPaths: ReadonlyMap<string, string>): Askable | undefined {
  const { live, underWay } = standingOf(app);
  const { name } = app.spec;
  const healthPath = healthPaths.get(name) ?? live?.healthPath;
  if (live?.url === undefined || healthPath === undefined) return undefined;
  // During a deployment the next artefact may already answer, which is fine.
  return { name, url: live.url, healthPath, digest: underWay ? undefined : live.digest };
}

/**
 * Checks the health of an app, once.
 * @param timeoutMs longest time, in milliseconds
 * @throws the signal's reason when it is aborted; never because the app is not healthy
 */
export async function askApp(app: Askable, timeoutMs: number, signal: AbortSignal): Promise<AppHealth> {
  const service = new LiveService(app.url);
  try {
    return healthOf(await askHealth(service, { ...app, timeoutMs, signal }));
  } finally {
    await service.close();
  }
}

function healthOf({ healthy, url, reply, trouble }: HealthReport): AppHealth {
  const version = reply && versionIn(reply.body);
  return {
    healthy,
    url,
    ...(reply && { status: reply.status, milliseconds: reply.milliseconds }),
    ...(version && { version }),
    ...(trouble !== undefined && { trouble: printable(trouble) }),
  };
}

/** The body of the health reply; only the version is read. */
const bodySchema = z.looseObject({ version: z.string().max(100) });

function versionIn(body: string): string | undefined {
  try {
    const version = bodySchema.safeParse(JSON.parse(body)).data?.version;
    return version === undefined ? undefined : printable(version);
  } catch {
    return undefined;
  }
}
