import { type Redactor, redactSecrets, resolveSpec } from '@odoobo/app-platform';
import { loadAppSpec } from '../manifest/load-app-spec.js';
import { loadManifest } from '../manifest/load-manifest.js';
import { idOf, type SkillPlace } from '../manifest/skill-place.js';
import { placedSpec } from '../placement/placed-spec.js';

/** Removes from a text the secrets that the service gets from this environment, and may print or return. */
export async function redactorOf(place: SkillPlace, env: NodeJS.ProcessEnv): Promise<Redactor> {
  const manifest = await loadManifest(place.workspaceRoot, place.skillRoot);
  const { spec, file } = await loadAppSpec(place.workspaceRoot, manifest);
  const artefact = { repository: idOf(place), digest: `sha256:${'0'.repeat(64)}` };
  const resolved = resolveSpec({
    spec: placedSpec(spec, place),
    file,
    environment: env,
    secretsPrefix: place.placement?.secretsPrefix,
    artefact,
    source: 'artefact',
  });
  return redactSecrets([resolved.spec]);
}
