import type { ImageSource } from '@odoobo/app-platform/spec';
import { parseRepository, showRepository } from '@odoobo/ship/registry/reference';
import { mistake } from '@odoobo/ship/terminal/mistake';
import { isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml';

/** The branch that App Platform builds a component from. */
const branchFields = ['git', 'github', 'gitlab', 'bitbucket'];
/** How it is built and started, which an image says itself. */
const buildFields = ['source_dir', 'dockerfile_path', 'environment_slug', 'build_command', 'run_command'];

const registryTypes: Readonly<Record<string, ImageSource['registry_type'] | undefined>> = {
  'registry.digitalocean.com': 'DOCR',
  'ghcr.io': 'GHCR',
  'docker.io': 'DOCKER_HUB',
};

/**
 * The `image` of an App Spec for a repository as docker names it: `ghcr.io/acme/orders`.
 * @throws for what App Platform cannot pull from
 */
export function imageSourceOf(text: string): ImageSource {
  const repository = parseRepository(text);
  const { registry = '', name = '' } = repository ?? {};
  const type = registryTypes[registry];
  const [owner = '', ...rest] = name.split('/');
  // Docker Hub's images without an owner are its own.
  if (!type || rest.length === 0 || owner === 'library')
    throw mistake(
      `"${repository ? showRepository(repository) : text}" is no repository that App Platform runs images from. Expected ` +
        'registry.digitalocean.com/<registry>/<name>, ghcr.io/<owner>/<name> or docker.io/<owner>/<name>, without a tag: --image=ghcr.io/acme/orders',
    );
  // The registry of DOCR is that of the account: an App Spec does not name it.
  return { registry_type: type, ...(type !== 'DOCR' && { registry: owner }), repository: rest.join('/') };
}

/**
 * An App Spec whose one service that App Platform builds from a branch runs an image instead. The rest stays as it was written.
 * @returns undefined if it has no such service
 * @throws if it has several: they may be built from different repositories
 */
export function withImage(text: string, image: ImageSource, file: string): string | undefined {
  const document = parseDocument(text);
  const services = document.get('services');
  const built = (isSeq(services) ? services.items : []).filter(
    (service): service is YAMLMap => isMap(service) && branchFields.some((field) => service.has(field)),
  );
  const [service] = built;
  if (!service) return undefined;
  if (built.length > 1)
    throw mistake(
      `${file} has ${built.length} services that are built from a branch. Name the image of each in it.`,
    );
  const at = service.items.findIndex(({ key }) => isScalar(key) && branchFields.includes(String(key.value)));
  service.items.splice(at, 1, document.createPair('image', image));
  for (const field of buildFields) service.delete(field);
  return document.toString({ lineWidth: 0 });
}
