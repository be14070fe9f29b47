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

it('finds where each kind of registry has the image', () => {
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

it('pushes once where components share a repository', () => {
  const one = { registry_type: 'GHCR', registry: 'acme', repository: 'shop' } as const;
  expect(repositories(specWith(one, one))).toEqual(['ghcr.io/acme/shop']);
});

it('says how to name the DOCR registry, which an App Spec does not', () => {
  expect(() => repositories(specWith({ registry_type: 'DOCR', repository: 'shop' }))).toThrow(
    /image of "s0" should be in DOCR[^]*nx\.json[^]*"registry": "registry\.digitalocean\.com\/<name>"/,
  );
});

it('says which repository is none', () => {
  const spec = specWith({ registry_type: 'GHCR', registry: 'Acme', repository: 'shop' });
  expect(() => repositories(spec)).toThrow('ghcr.io/Acme/shop, which is not a repository');
});

it('takes the credentials that App Platform pulls with, unless they are encrypted', () => {
  const one = { registry_type: 'GHCR', registry: 'acme', repository: 'shop' } as const;
  const [plain] = imageTargets(specWith({ ...one, registry_credentials: 'me:t:1' }), artefact, undefined);
  expect(plain?.login).toMatchObject({ user: 'me', password: 't:1' });
  const [sealed] = imageTargets(specWith({ ...one, registry_credentials: 'EV[1:x:y]' }), artefact, undefined);
  expect(sealed?.login).toBeUndefined();
});

it('leaves alone what is built from a branch, and an image of somebody else', () => {
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

it('names the image wherever the artefact was named, and changes nothing that it is given', () => {
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
