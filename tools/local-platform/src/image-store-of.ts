import { ImageStore } from './images/image-store.js';
import { layoutOf } from './layout.js';

/**
 * The images of the platform in a folder. Import an image's OCI layout here before asking the API to deploy its digest;
 * the server need not run.
 */
export function imageStoreOf(directory: string): ImageStore {
  return new ImageStore(layoutOf(directory).images);
}
