import type { SmokeTest } from '@odoobo/app-platform';
import { loadManifest } from '../manifest/load-manifest.js';
import type { SkillPlace } from '../manifest/skill-place.js';
import type { PlatformOptions } from '../platform/connect.js';
import { runName } from '../records/run-name.js';
import type { WorkspaceFolders } from '../records/workspace-folders.js';
import type { LiveSkills } from '../runs/live-skills.js';
import { firstProblems } from '../smoke-test/first-problems.js';
import { smokeTestOptions } from '../smoke-test/options.js';
import { TestSession } from '../smoke-test/test-session.js';
import { traceHeaders } from '../trace/trace-ids.js';

export interface SmokeTestsOptions {
  folders: WorkspaceFolders;
  places: readonly SkillPlace[];
  target: PlatformOptions;
  env: NodeJS.ProcessEnv;
  platform: string;
  onWarning: (message: string) => void;
}

/** The smoke tests of a deploy; each runs as soon as its skill is live. */
export interface SmokeTests {
  smokeTest: SmokeTest;
  /** Writes the report. */
  finish(): Promise<void>;
}

/** Runs the same stages as the target `smoke-test`, with its defaults. */
export async function startSmokeTests(deploy: SmokeTestsOptions): Promise<SmokeTests> {
  const { environment: name, platformUrl } = deploy.target;
  const options = smokeTestOptions.parse({ environment: name, platformUrl });
  const run = runName(deploy.env, 'deploy');
  const headersFor = (skill: string) => traceHeaders(run, skill);
  const session = await TestSession.start({ ...deploy, options, headersFor });
  const places = new Map(deploy.places.map((place) => [place.skill, place]));
  return {
    async smokeTest(skill, live) {
      const place = places.get(skill);
      if (!place) throw new Error(`${skill} is not a skill of this run`);
      const liveSkills: LiveSkills = {
        label: deploy.platform,
        find: async ({ workspaceRoot, skillRoot }) => ({
          manifest: await loadManifest(workspaceRoot, skillRoot),
          live,
        }),
      };
      return firstProblems(await session.test(place, liveSkills), session.shownName);
    },
    async finish() {
      await session.finish();
    },
  };
}
