import type { AppSpec } from '@odoobo/app-platform';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { writeImageLayout } from '../artefact/image-layout.js';
import { packLayer } from '../artefact/layer.js';
import { type DockerRegistry, registryUser } from '../test-support/docker-registry.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { ImageError } from './registry-error.js';
import { SkillImages, type SkillImagesOptions } from './skill-images.js';

export const manifestType = 'application/vnd.oci.image.manifest.v1+json';
export const basicLogin = Buffer.from(`${registryUser.user}:${registryUser.password}`).toString('base64');

/** A built skill, and its App Spec with an image in DOCR. */
export async function builtSkill(name: string): Promise<{ root: string; digest: string; spec: AppSpec }> {
  const root = join(await tempDirectory(), name);
  const contents = Buffer.from(`console.log('${name}', process.cwd().endsWith('/app'));`);
  const layer = await packLayer([{ path: 'main.mjs', contents }]);
  const entrypoint = ['node', '--enable-source-maps', 'main.mjs'];
  const digest = await writeImageLayout(root, layer, {
    name,
    version: '1.2.3',
    entrypoint,
  });
  const image = { registry_type: 'DOCR' as const, repository: name, digest };
  return { root, digest, spec: { name, services: [{ name, image }] } };
}

/** The images of a run that knows the registry's password. */
export async function imagesOf(options: Partial<SkillImagesOptions>, host = ''): Promise<SkillImages> {
  const folder = await tempDirectory();
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth: basicLogin } } }));
  const env = { DOCKER_CONFIG: folder };
  const images = new SkillImages({ env, cache: join(folder, 'cache'), ...options });
  onTestFinished(() => images.close());
  return images;
}

export async function named(images: SkillImages, skill: { root: string; digest: string; spec: AppSpec }) {
  const imaged = await images.name(skill.root, skill.spec, skill.digest);
  if (!imaged) throw new Error('no image');
  return imaged;
}

/** The error that an image fails with. */
export async function troubleOf(work: Promise<unknown>): Promise<ImageError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ImageError) return error;
  throw new Error('expected an ImageError', { cause: error });
}

/** Pulls an image from the registry as a container engine does. */
export async function pull(registry: DockerRegistry, repository: string, digest: string) {
  const headers = { authorization: `Basic ${basicLogin}`, accept: manifestType };
  const get = async (path: string) => {
    const reply = await fetch(`http://${registry.host}/v2/${repository}/${path}`, { headers });
    if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
    return Buffer.from(await reply.arrayBuffer());
  };
  const bytes = await get(`manifests/${digest}`);
  const manifest = JSON.parse(bytes.toString()) as {
    config: { digest: string };
    layers: { digest: string; mediaType: string }[];
    annotations: object;
  };
  const blobs = [manifest.config.digest, ...manifest.layers.map((layer) => layer.digest)];
  const [config = Buffer.of(), ...layers] = await Promise.all(blobs.map((blob) => get(`blobs/${blob}`)));
  return { bytes, manifest, config, layers };
}
