import { loadAppSpec, type LoadedAppSpec } from '../manifest/load-app-spec.js';
import { loadManifest } from '../manifest/load-manifest.js';
import type { SkillManifest } from '../manifest/manifest.js';
import type { SkillPlace } from '../manifest/skill-place.js';

type Place = Pick<SkillPlace, 'workspaceRoot' | 'skillRoot'>;

/** The files of a skill that a deploy reads. */
export interface SkillFiles {
  manifest: SkillManifest;
  appSpec: LoadedAppSpec;
}

/**
 * Begins to read the files of a skill. Whoever awaits them gets the error, and nobody has to.
 * @throws ManifestError or AppSpecError with every issue; NoAppSpecError
 */
export function readSkillFiles(place: Place): Promise<SkillFiles> {
  const reading = read(place);
  reading.catch(() => undefined);
  return reading;
}

async function read({ workspaceRoot, skillRoot }: Place): Promise<SkillFiles> {
  const manifest = await loadManifest(workspaceRoot, skillRoot);
  return { manifest, appSpec: await loadAppSpec(workspaceRoot, manifest) };
}
