import { type AppSpec, type ImageSource, isEncrypted } from '@odoobo/app-platform/spec';
import { runsBehindNx } from '../terminal/nx-stdout.js';
import type { Login } from './logins.js';
import { parseRepository, type Repository, showRepository } from './reference.js';
import { ImageError, imageTroubles } from './registry-error.js';

/** The source of a component's image. */
export interface ImageTarget {
  /** `image` of the component `shop`. */
  component: string;
  repository: Repository;
  /** The login that App Platform pulls with; it may also allow pushing. */
  login?: Login | undefined;
}

/** The components that run our artefact: an image that the App Spec pins to another digest is not ours. */
export function ownImages(spec: AppSpec, digest: string): { name: string; image: ImageSource }[] {
  const { services = [], workers = [], jobs = [] } = spec;
  return [...services, ...workers, ...jobs].flatMap(({ name, image }) =>
    image?.digest === digest ? [{ name, image }] : [],
  );
}

export function runsImage(spec: AppSpec, artefactDigest: string): boolean {
  return ownImages(spec, artefactDigest).length > 0;
}

/**
 * The repositories to push an app's image to.
 * @param registry the DOCR registry, which an App Spec does not name: `registry.digitalocean.com/acme`
 * @throws where that is missing, or there is no such repository
 */
export function imageTargets(
  spec: AppSpec,
  artefactDigest: string,
  registry: string | undefined,
): ImageTarget[] {
  const targets = ownImages(spec, artefactDigest).map(({ name, image }) => ({
    component: name,
    repository: repositoryOf(name, image, registry),
    login: loginOf(name, image),
  }));
  // One push is enough for components that share a repository.
  return [...new Map(targets.map((target) => [showRepository(target.repository), target])).values()];
}

/** The spec with another digest for the images of the artefact. Pure. */
export function withImageDigest(spec: AppSpec, artefactDigest: string, digest: string): AppSpec {
  const pinned = <T extends { image?: ImageSource | undefined }>(components: T[]): T[] =>
    components.map((one) =>
      one.image?.digest === artefactDigest ? { ...one, image: { ...one.image, digest } } : one,
    );
  return {
    ...spec,
    ...(spec.services && { services: pinned(spec.services) }),
    ...(spec.workers && { workers: pinned(spec.workers) }),
    ...(spec.jobs && { jobs: pinned(spec.jobs) }),
  };
}

function repositoryOf(component: string, image: ImageSource, docr: string | undefined): Repository {
  const path = [...registryOf(component, image, docr), image.repository].join('/');
  const repository = parseRepository(path);
  if (repository) return repository;
  throw new ImageError(
    imageTroubles.repository,
    `the image of "${component}" should be in ${path}, which is not a repository. Check its App Spec, and the registry that ${runsBehindNx() ? 'nx.json' : '--registry'} names.`,
  );
}

/** https://docs.digitalocean.com/products/app-platform/reference/app-spec/ (image) */
function registryOf(component: string, image: ImageSource, docr: string | undefined): string[] {
  const owner = image.registry ? [image.registry] : [];
  if (image.registry_type === 'GHCR') return ['ghcr.io', ...owner];
  if (image.registry_type === 'DOCKER_HUB') return ['docker.io', ...owner];
  if (docr !== undefined) return [docr];
  throw new ImageError(
    imageTroubles.noRegistry,
    `the image of "${component}" should be in DOCR, but the App Spec names no registry. ` +
      howToName('registry', 'registry.digitalocean.com/<name>'),
  );
}

/** How an option of images is given to all runs, or, without Nx, to each. */
export function howToName(option: 'baseImage' | 'registry', value: string): string {
  if (runsBehindNx())
    return `Name it in nx.json, as an option of the plugin @odoobo/nx-skills: "${option}": "${value}"`;
  return `Name it: ${option === 'registry' ? '--registry' : '--base-image'} ${value}`;
}

function loginOf(component: string, { registry_credentials: credentials }: ImageSource): Login | undefined {
  if (credentials === undefined || isEncrypted(credentials)) return undefined;
  const [user = '', ...token] = credentials.split(':');
  return { user, password: token.join(':'), from: `registry_credentials of "${component}"` };
}
