import type { ImageSource } from '@odoobo/app-platform/spec';
import type { ImageStore } from '../images/image-store.js';
import { DeploymentFailure } from '../running/failure.js';
import type { SourceVersion } from '../state/app-record.js';
import type { Build, BuildRequest, Unpacked } from './source.js';

const prefix = 'image:';

/** Images of the local store, which finds them by digest: nobody builds them here. */
export class ImageSources {
  constructor(
    private readonly images: ImageStore,
    /** Of the store; for messages. */
    private readonly folder: string,
  ) {}

  gaps({ digest }: ImageSource): string[] {
    return digest === undefined ? ['image/tag: the local store finds images by digest'] : [];
  }

  newest({ digest }: ImageSource): SourceVersion {
    return digest === undefined ? {} : { digest };
  }

  /** @throws DeploymentFailure when the store does not have the image. */
  async build({ repository }: ImageSource, { version, log }: BuildRequest): Promise<Build> {
    const { digest = '' } = version;
    await log(`using image ${repository}@${digest}`);
    if (await this.images.has(digest)) return { key: `${prefix}${digest}`, reused: false };
    throw new DeploymentFailure(
      'BuildJobFailed',
      `Image ${repository}@${digest} is not in the local store ${this.folder}. ` +
        'Import its OCI layout there, then deploy again.',
    );
  }

  has(key: string): boolean {
    return key.startsWith(prefix);
  }

  /** @throws ImageError when the image is missing or damaged. */
  async unpack(key: string, folder: string): Promise<Unpacked> {
    return { ...(await this.images.unpack(key.slice(prefix.length), folder)), path: [] };
  }
}
