import { isLoopback } from '@odoobo/machine/network';
import { ImageError, imageTroubles } from './registry-error.js';

/** A repository in a registry. */
export interface Repository {
  /** Such as `ghcr.io` or `127.0.0.1:5000`; Docker Hub is `docker.io`. */
  registry: string;
  /** Such as `acme/shop`. */
  name: string;
}

/** An image of a repository: the digest identifies it, while a tag may move. */
export interface ImageReference extends Repository {
  tag?: string;
  digest?: string;
}

/** The grammar of the OCI distribution specification, "Pulling manifests". */
const namePattern = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const referencePattern =
  /^(?<path>[^@]+?)(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;

/**
 * Reads a reference as docker does: without a registry it is on Docker Hub, where `node` is `library/node`.
 * @throws ImageError when it names no image
 */
export function parseReference(text: string): ImageReference {
  const { path = '', tag, digest } = referencePattern.exec(text)?.groups ?? {};
  const repository = parseRepository(path);
  if (!repository) {
    throw new ImageError(
      imageTroubles.baseImage,
      `baseImage "${text}" names no image. Expected something like node:20-slim@sha256:...`,
    );
  }
  return { ...repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** Undefined if the text is not a registry and repository. */
export function parseRepository(text: string): Repository | undefined {
  const [first = '', ...rest] = text.split('/');
  const named = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const registry = named ? first : 'docker.io';
  const path = named ? rest.join('/') : text;
  const name = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  return namePattern.test(name) && URL.canParse(`https://${registry}`) ? { registry, name } : undefined;
}

export function showRepository({ registry, name }: Repository): string {
  return `${registry}/${name}`;
}

/** The URL of a registry: https, and http only for this machine. */
export function registryUrl(registry: string): URL {
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  const url = new URL(`https://${host}`);
  if (isLoopback(url)) url.protocol = 'http:';
  return url;
}

/** A registry redirects to an invalid or unencrypted URL. */
export class UnsafeUrlError extends Error {
  override readonly name = 'UnsafeUrlError';
}

/** @throws UnsafeUrlError for a URL that would send data unencrypted */
export function requireSafe(url: URL): URL {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))) return url;
  throw new UnsafeUrlError(`${url.origin} is not https, so nothing is sent there.`);
}

/** The URL that a reply's location leads to. @throws UnsafeUrlError */
export function followLocation(location: string, from: URL): URL {
  if (URL.canParse(location, from.href)) return requireSafe(new URL(location, from));
  throw new UnsafeUrlError(`${from.origin} redirects to something that is not a URL.`);
}
