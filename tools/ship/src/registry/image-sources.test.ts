import type { AppSpec, ImageSource } from '@odoobo/app-platform/spec';
import { expect, it } from 'vitest';
import { imageTargets, runsImage, withImageDigest } from './image-sources.js';
import { showRepository } from './reference.js';

const artefact = `sha256:${'a'.repeat(64)}`;
const image = `sha256:${'b'.repeat(64)}`;
const docr = 'registry.digitalocean.com/acme';

function specWith(...images: Omit<ImageSource, 'digest'>[]): AppSpec {
  const services = images.map((one, n) => ({ name: `s${n}`, image: { ...one, digest: artefact } }));
  return { name: 'shop', services };
}

function repositories(spec: AppSpec, registry?: string): string[] {
  return imageTargets(spec, artefact, registry).map(({ repository }) => showRepository(repository));
}

it('finds the repository of the image for each kind of registry', () => {
  const spec = specWith(
    { registry_type: 'DOCR', repository: 'shop' },
    { registry_type: 'GHCR', registry: 'acme', repository: 'skills/shop' },
    { registry_type: 'DOCKER_HUB', registry: 'acme', repository: 'shop' },
  );
  expect(repositories(spec, docr)).toEqual([
    `${docr}/shop`,
    'ghcr.io/acme/skills/shop',
    'docker.io/acme/shop',
  ]);
});

it('pushes once if components share a repository', () => {
  const one = { registry_type: 'GHCR', registry: 'acme', repository: 'shop' } as const;
  expect(repositories(specWith(one, one))).toEqual(['ghcr.io/acme/shop']);
});

it('says how to configure the DOCR registry, which an App Spec does not name', () => {
  expect(() => repositories(specWith({ registry_type: 'DOCR', repository: 'shop' }))).toThrow(
    /image of "s0" should be in DOCR[^]*nx\.json[^]*"registry": "registry\.digitalocean\.com\/<name>"/,
  );
});

it('names an invalid repository', () => {
  const spec = specWith({ registry_type: 'GHCR', registry: 'Acme', repository: 'shop' });
  expect(() => repositories(spec)).toThrow('ghcr.io/Acme/shop, which is not a repository');
});

it('uses the credentials of the App Spec, unless they are encrypted', () => {
  const one = { registry_type: 'GHCR', registry: 'acme', repository: 'shop' } as const;
  const [plain] = imageTargets(specWith({ ...one, registry_credentials: 'me:t:1' }), artefact, undefined);
  expect(plain?.login).toMatchObject({ user: 'me', password: 't:1' });
  const [sealed] = imageTargets(specWith({ ...one, registry_credentials: 'EV[1:x:y]' }), artefact, undefined);
  expect(sealed?.login).toBeUndefined();
});

it('leaves components that are built from a branch, and foreign images, unchanged', () => {
  const theirs = {
    registry_type: 'DOCKER_HUB',
    registry: 'valkey',
    repository: 'valkey',
    digest: image,
  } as const;
  const spec: AppSpec = {
    name: 'shop',
    services: [{ name: 'shop', github: { repo: 'acme/shop', branch: 'main' } }],
    workers: [{ name: 'cache', image: theirs }],
  };
  expect(runsImage(spec, artefact)).toBe(false);
  expect(withImageDigest(spec, artefact, `sha256:${'c'.repeat(64)}`)).toEqual(spec);
});

it('names the image in place of the artefact, without changing its input', () => {
  const one = { registry_type: 'GHCR', registry: 'acme', repository: 'shop', digest: artefact } as const;
  const spec: AppSpec = {
    name: 'shop',
    services: [{ name: 'web', image: one }],
    workers: [{ name: 'work', image: one }],
    jobs: [{ name: 'migrate', image: one }],
  };
  const before = structuredClone(spec);
  const named = withImageDigest(spec, artefact, image);
  expect(JSON.stringify(named).split(image)).toHaveLength(4);
  expect(JSON.stringify(named)).not.toContain(artefact);
  expect(spec).toEqual(before);
});
