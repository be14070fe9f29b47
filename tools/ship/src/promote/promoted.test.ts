import { type AppSpec, type ImageSource } from '@odoobo/app-platform/spec';
import { expect, it } from 'vitest';
import { checkEnvironments } from './options.js';
import { type Promoted, promotedSpec } from './promoted.js';

const artefact = `sha256:${'a'.repeat(64)}`;
const image = `sha256:${'b'.repeat(64)}`;

function imageOf(digest: string): ImageSource {
  return { registry_type: 'DOCR', repository: 'shop', digest };
}

function promoted(images: Record<string, string>): Promoted {
  const running = Object.entries(images).map(([name, digest]) => [name, imageOf(digest)] as const);
  return {
    app: 'shop-staging',
    artefact,
    images: new Map(running),
    commit: 'c0ffee',
    deploy: 'npx nx deploy shop -c production',
  };
}

function specOf(...names: string[]): AppSpec {
  return { name: 'shop', services: names.map((name) => ({ name, image: imageOf(artefact) })) };
}

const there = { requireThere: async () => {} };

it('runs the image of the component of that name, and leaves images of others alone', async () => {
  const spec = specOf('shop', 'admin');
  const workers = [{ name: 'mail', image: imageOf(`sha256:${'d'.repeat(64)}`) }];
  const sent = await promotedSpec({ ...spec, workers }, promoted({ shop: image, other: artefact }), there);
  expect(sent.services?.map((service) => service.image?.digest)).toEqual([image, image]);
  expect(sent.workers).toEqual(workers);
});

it('asks whether the registry has that image, and sends nothing where it has not', async () => {
  const asked: string[][] = [];
  const requireThere = async (_spec: AppSpec, ...digests: string[]) => {
    asked.push(digests);
    throw new Error('not there');
  };
  const sent = promotedSpec(specOf('shop'), promoted({ shop: image }), { requireThere });
  await expect(sent).rejects.toThrow('not there');
  expect(asked).toEqual([[artefact, image]]);
});

it('says what to run where App Platform builds the app from a branch', async () => {
  const github = { repo: 'acme/shop', branch: 'release' };
  const spec = { name: 'shop', services: [{ name: 'shop', github }] };
  await expect(promotedSpec(spec, promoted({ shop: image }), there)).rejects.toMatchObject({
    code: 'NothingToPromote',
    message: expect.stringContaining(
      'git checkout c0ffee && git push origin c0ffee:release && npx nx deploy shop -c production',
    ) as unknown,
  });
});

it.each([
  ['the app there is built from a branch', specOf('shop'), {}],
  ['its components run two images', specOf('shop', 'admin'), { shop: image, admin: artefact }],
])('refuses where %s', async (_, spec, images) => {
  const sent = promotedSpec(spec, promoted(images), there);
  await expect(sent).rejects.toThrow('shop-staging runs no image, or several, for shop');
});

it('refuses an App Spec that pins its images', async () => {
  const pinned = { name: 'shop', services: [{ name: 'shop', image: imageOf(image) }] };
  const sent = promotedSpec(pinned, promoted({ shop: image }), there);
  await expect(sent).rejects.toThrow('no component of shop runs an image of the artefact');
});

it.each([
  ['staging', 'staging', 'are both staging'],
  ['local', 'production', 'no registry that production can read'],
  ['staging', 'local', 'deploy there instead'],
])('refuses to promote from %s to %s', (from, to, message) => {
  expect(() => checkEnvironments({ from, to })).toThrow(message);
});
