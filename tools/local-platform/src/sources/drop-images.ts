import { Containers } from '../containers/containers.js';
import type { Layout } from '../state/layout.js';
import { BuildStore } from './build-store.js';

/** Deletes the images that the builds of a platform have in the stores of engines. One that cannot be deleted stays. */
export async function dropImages(layout: Layout): Promise<void> {
  const containers = new Containers(layout);
  for (const { engine, tag } of await new BuildStore(layout.builds).images())
    await containers
      .named(engine)
      .untag(tag)
      .catch(() => undefined);
}
