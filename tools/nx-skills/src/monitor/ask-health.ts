import { askHealth, LiveService, standingOf, type App, type HealthReport } from '@odoobo/app-platform';
import * as z from 'zod';
import { loadManifest } from '../manifest/load-manifest.js';
import { printable } from '../terminal/printable.js';
import type { SkillPlace } from '../manifest/load-manifest.js';
import type { AppHealth } from './report.js';

/** A live app that can be asked for its health. */
export interface Askable {
  name: string;
  url: string;
  healthPath: string;
  /** The artefact that should answer. */
  digest: string | undefined;
}

/** Where the health of each skill is asked. One whose manifest is broken is asked where its App Spec says; `validate` tells what is wrong. */
export async function readHealthPaths(places: readonly SkillPlace[]): Promise<Map<string, string>> {
  const found = await Promise.all(
    places.map(async ({ workspaceRoot, skillRoot, skill }): Promise<[string, string][]> => {
      const manifest = await loadManifest(workspaceRoot, skillRoot).catch(() => undefined);
      return manifest ? [[skill, manifest.healthPath]] : [];
    }),
  );
  return new Map(found.flat());
}

/** None for an app that is not live, answers nowhere, or says of no path that it tells its health. */
export function askableOf(app: App, healthPaths: ReadonlyMap<string, string>): Askable | undefined {
  const { live, underWay } = standingOf(app);
  const { name } = app.spec;
  const healthPath = healthPaths.get(name) ?? live?.healthPath;
  if (live?.url === undefined || healthPath === undefined) return undefined;
  // While it is being replaced, the next artefact may answer already, and that is not wrong.
  return { name, url: live.url, healthPath, digest: underWay ? undefined : live.digest };
}

/**
 * Asks an app for its health, once.
 *
 * @param timeoutMs how long it may take, in milliseconds
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

/** What a service says of itself; only the version is looked at. */
const bodySchema = z.looseObject({ version: z.string().max(100) });

function versionIn(body: string): string | undefined {
  try {
    const version = bodySchema.safeParse(JSON.parse(body)).data?.version;
    return version === undefined ? undefined : printable(version);
  } catch {
    return undefined;
  }
}
