import { type App, type LiveApp, liveAppOf } from '@odoobo/app-platform';
import { loadManifest } from '../manifest/load-manifest.js';
import type { SkillManifest } from '../manifest/manifest.js';
import type { CommandedSkill, SkillPlace } from '../manifest/skill-place.js';
import { isLocal } from '../placement/environment.js';
import { connectToRunning, type PlatformOptions } from '../platform/connect.js';
import { workspaceFolders } from '../records/workspace-folders.js';

/** A skill, and the URL of its live version. */
export interface LiveSkill {
  manifest: SkillManifest;
  live: LiveApp;
}

/** The live skills of a platform, from one read of its list of apps. */
export interface LiveSkills {
  /** `the local platform (http://127.0.0.1:4100)` */
  label: string;
  /** @throws when the manifest is wrong, or the skill is not live, with what to do about it */
  find(place: SkillPlace): Promise<LiveSkill>;
}

/** Reads the platform once for all skills: one API call per 200 apps. @throws when the platform cannot be reached */
export async function readLiveSkills(
  options: PlatformOptions,
  workspaceRoot: string,
  env: NodeJS.ProcessEnv,
): Promise<LiveSkills> {
  const { client, label } = await connectToRunning(options, workspaceFolders(workspaceRoot), env);
  try {
    const apps = new Map((await client.listApps()).map((app) => [app.spec.name, app]));
    return {
      label,
      async find(place) {
        const manifest = await loadManifest(place.workspaceRoot, place.skillRoot);
        const { skill, command } = place;
        return { manifest, live: whereLive(apps.get(skill), { skill, command }, label, suffixOf(options)) };
      },
    };
  } finally {
    await client.close();
  }
}

/** The options of a command for the same platform. */
export function suffixOf({ environment }: PlatformOptions): string {
  return isLocal(environment) ? '' : ` -c ${environment}`;
}

function whereLive(
  app: App | undefined,
  { skill, command }: CommandedSkill,
  label: string,
  suffix: string,
): LiveApp {
  if (!app) throw new Error(`${skill} is not on ${label}. Deploy it: ${command('deploy')}${suffix}`);
  try {
    return liveAppOf(app);
  } catch (cause) {
    const logs = `${command('logs')} --type=deploy${suffix}`;
    throw new Error(`${(cause as Error).message} See why: ${logs}`, { cause });
  }
}
