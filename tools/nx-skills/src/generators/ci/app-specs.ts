import { type Tree, visitNotIgnoredFiles } from '@nx/devkit';
import { type ImageSource, type MissingVariable, parseAppSpec, resolveSpec } from '@odoobo/app-platform/spec';
import { manifestFile, manifestIn, sharedFiles } from '@odoobo/ship/manifest/find-manifests';
import { identityIn } from '@odoobo/ship/manifest/read-identity';
import { ownImages } from '@odoobo/ship/registry/image-sources';
import { basename, dirname } from 'node:path';

/** What an App Spec needs for a deploy. */
export interface Wanted {
  /** The name of its app: the id of its skill. */
  name: string;
  /** Variables that it reads from the environment. */
  variables: readonly Pick<MissingVariable, 'key' | 'secret'>[];
  /** Images that deploy pushes. */
  images: readonly ImageSource[];
}

/**
 * What the App Specs of a workspace need: files with the default name, and those that manifests name. `validate`
 * reports those that cannot be read.
 */
export function readAppSpecs(tree: Tree): Wanted[] {
  return [...filesOf(tree)].flatMap((file) => wantedBy(tree.read(file, 'utf8') ?? '', file) ?? []);
}

function filesOf(tree: Tree): Set<string> {
  const files = new Set<string>();
  visitNotIgnoredFiles(tree, '.', (file) => {
    if (basename(file) === 'app-spec.yaml') files.add(file);
    const named = isManifest(file) ? appSpecIn(tree.read(file, 'utf8') ?? '', file) : undefined;
    if (named !== undefined && tree.exists(named)) files.add(named);
  });
  return files;
}

function isManifest(file: string): boolean {
  return [manifestFile, ...sharedFiles].some((name) => name === basename(file));
}

function appSpecIn(text: string, file: string): string | undefined {
  const manifest = manifestIn(text, basename(file));
  return manifest && identityIn(manifest, dirname(file)).appSpec;
}

function wantedBy(text: string, file: string): Wanted | undefined {
  const artefact = { repository: 'any', digest: `sha256:${'0'.repeat(64)}` };
  try {
    const written = parseAppSpec(text, file);
    const resolved = { spec: written, file, environment: {}, artefact, source: 'as-written' } as const;
    const { spec, missing } = resolveSpec(resolved);
    return {
      name: written.name,
      variables: missing,
      images: ownImages(spec, artefact.digest).map(({ image }) => image),
    };
  } catch {
    return undefined;
  }
}
