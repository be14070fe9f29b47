import type { ImageSource } from '@odoobo/app-platform/spec';

const hosts = { DOCKER_HUB: 'docker.io', GHCR: 'ghcr.io' } as const;

/**
 * An image without its tag and digest, such as `docker.io/library/nginx`; undefined of a DOCR image whose registry nobody has named.
 * @param docr where DOCR images are pulled from: their registry is the account's, so a spec does not contain it
 */
export function imageName(
  { registry_type: type, registry, repository }: ImageSource,
  docr: string | undefined,
): string | undefined {
  if (type === 'DOCR') return docr && `${docr}/${repository}`.toLowerCase();
  const owner = registry || (type === 'DOCKER_HUB' && !repository.includes('/') ? 'library' : undefined);
  return [hosts[type], owner, repository]
    .filter((part) => part !== undefined)
    .join('/')
    .toLowerCase();
}
