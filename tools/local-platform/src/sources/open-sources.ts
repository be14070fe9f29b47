import type { ImageStore } from '../images/image-store.js';
import type { Layout } from '../layout.js';
import { DeploymentFailure } from '../running/failure.js';
import { ImageSources } from './image-sources.js';
import type { SourceComponent, Sources } from './source.js';

export interface SourcesOptions {
  layout: Layout;
  images: ImageStore;
  /** Told what a person should know. */
  warn(message: string): void;
}

/** Everything that components can be made from on this machine. */
export function openSources({ layout, images }: SourcesOptions): Sources {
  const fromImages = new ImageSources(images, layout.images);
  return {
    clean: async () => undefined,
    gaps: ({ image }) => (image ? fromImages.gaps(image) : ['no image']),
    newest: async (component) => fromImages.newest(imageOf(component)),
    build: (request) => fromImages.build(imageOf(request.component), request),
    unpack: (key, folder) => fromImages.unpack(key, folder),
    prune: async () => undefined,
  };
}

function imageOf({ name, image }: SourceComponent) {
  if (image) return image;
  throw new DeploymentFailure('BuildJobFailed', `Component "${name}" has no source that can be built here.`);
}
