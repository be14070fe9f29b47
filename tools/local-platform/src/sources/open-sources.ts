import { join } from 'node:path';
import type { Containers } from '../containers/containers.js';
import type { ImageStore } from '../images/image-store.js';
import type { Layout } from '../state/layout.js';
import type { SecretBox } from '../state/secrets.js';
import { GitSources } from './git-sources.js';
import { ImageEnvironments } from './image-environments.js';
import { ImageSources } from './image-sources.js';
import { RegistryImages } from './registry-images.js';
import type { Sources } from './source.js';

export interface SourcesOptions {
  layout: Layout;
  images: ImageStore;
  containers: Containers;
  /** Decrypts the credentials of registries. */
  secrets: Pick<SecretBox, 'decrypt'>;
}

/** Everything that components can be made from on this machine. */
export function openSources({ layout, images, containers, secrets }: SourcesOptions): Sources {
  const fromGit = new GitSources(layout, containers);
  const lookedInto = join(layout.buildCache, 'images');
  const environments = new ImageEnvironments(images, fromGit.workshop, lookedInto);
  const registries = new RegistryImages({
    containers,
    builds: fromGit.builds,
    commands: fromGit.workshop.commands,
    folder: lookedInto,
  });
  const fromImages = new ImageSources({
    images,
    folder: layout.images,
    environments,
    containers,
    registries,
    docr: layout.docr,
    secrets,
  });
  return {
    clean: async () => {
      await fromGit.clean();
      await environments.clean();
    },
    gaps: async (component) => (component.image ? fromImages.gaps(component.image) : fromGit.gaps(component)),
    missing: async (component) =>
      component.image ? fromImages.missing(component.image) : fromGit.missing(component),
    newest: async (component, signal) =>
      component.image ? fromImages.newest(component.image, signal) : fromGit.newest(component, signal),
    build: (request) => {
      const { image } = request.component;
      return image ? fromImages.build(image, request) : fromGit.build(request);
    },
    unpack: (key, folder) =>
      fromImages.has(key) ? fromImages.unpack(key, folder) : fromGit.unpack(key, folder),
    prune: (needed) => fromGit.prune(needed, fromImages.environmentsOf(needed)),
  };
}
