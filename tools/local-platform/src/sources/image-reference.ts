import type { ImageSource } from '@odoobo/app-platform/spec';

const hosts = { DOCKER_HUB: 'docker.io', GHCR: 'ghcr.io', DOCR: undefined } as const;

/**
 * An image without its tag and digest, such as `docker.io/library/nginx`; undefined of a DOCR image, whose registry is the
 * account's, so a spec does not contain it.
 */
export function imageName({ registry_type: type, registry, repository }: ImageSource): string | undefined {
  const host = hosts[type];
  if (host === undefined) return undefined;
  const owner = registry || (type === 'DOCKER_HUB' && !repository.includes('/') ? 'library' : undefined);
  return [host, owner, repository]
    .filter((part) => part !== undefined)
    .join('/')
    .toLowerCase();
}
