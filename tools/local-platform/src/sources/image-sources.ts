import type { ImageSource } from '@odoobo/app-platform/spec';
import { DeploymentFailure } from '../deployments/failure.js';
import type { ImageStore } from '../images/image-store.js';
import type { SourceVersion } from '../state/app-record.js';
import type { ImageEnvironments } from './image-environments.js';
import type { Build, BuildRequest, Unpacked } from './source.js';

const prefix = 'image:';

/** The image's digest, and the key of the environment that it runs in, where it needs one. */
const keyForm = /^image:([^+]*)(?:\+(.+))?$/;

export interface ImageSourcesOptions {
  images: ImageStore;
  /** The folder of the store; for messages. */
  folder: string;
  environments: ImageEnvironments;
}

/** Images of the local store, which finds them by digest; they are not built here. */
export class ImageSources {
  constructor(private readonly options: ImageSourcesOptions) {}

  gaps({ digest }: ImageSource): string[] {
    return digest === undefined ? ['image/tag: the local store finds images by digest'] : [];
  }

  async missing({ repository, digest }: ImageSource): Promise<string[]> {
    if (digest === undefined || (await this.options.images.has(digest))) return [];
    return [`image/digest: ${this.#isMissing(repository, digest)}`];
  }

  newest({ digest }: ImageSource): SourceVersion {
    return digest === undefined ? {} : { digest };
  }

  /** @throws DeploymentFailure when the store does not have the image, or what it needs cannot be installed. */
  async build({ repository }: ImageSource, request: BuildRequest): Promise<Build> {
    const { images, environments } = this.options;
    const { digest = '' } = request.version;
    await request.log(`using image ${repository}@${digest}`);
    if (!(await images.has(digest))) {
      throw new DeploymentFailure('BuildJobFailed', this.#isMissing(repository, digest));
    }
    const environment = await environments.make(digest, request);
    return { key: `${prefix}${digest}${environment ? `+${environment}` : ''}`, reused: false };
  }

  #isMissing(repository: string, digest: string): string {
    return (
      `Image ${repository}@${digest} is not in the local store ${this.options.folder}. ` +
      'Import its OCI layout there, then deploy again.'
    );
  }

  has(key: string): boolean {
    return key.startsWith(prefix);
  }

  /** @throws ImageError when the image is missing or damaged; Error when its environment is gone. */
  async unpack(key: string, folder: string): Promise<Unpacked> {
    const { images, environments } = this.options;
    const [, digest = '', environment] = keyForm.exec(key) ?? [];
    const path = environment === undefined ? [] : [await environments.binOf(environment)];
    return { ...(await images.unpack(digest, folder)), path };
  }

  /** The keys of the environments that builds run in. */
  environmentsOf(builds: ReadonlySet<string>): string[] {
    return [...builds].flatMap((key) => keyForm.exec(key)?.[2] ?? []);
  }
}
