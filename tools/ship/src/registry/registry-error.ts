/** Why an image could not be built or pushed: never because of a file of the skill. */
export const imageTroubles = {
  /** The registry gave no answer: no such host, no connection, no trust in its certificate, no answer in time. */
  unreachable: 'RegistryUnreachable',
  /** It is overloaded, or has a server error. */
  unavailable: 'RegistryUnavailable',
  /** It refused: wrong login, no permission, no such repository or image. */
  refused: 'RegistryRefused',
  /** `baseImage` names no image, or an unusable one. */
  baseImage: 'InvalidBaseImage',
  /** An App Spec wants its image in DOCR, and no option names the registry there. */
  noRegistry: 'NoRegistry',
  /** An App Spec and the options name a repository that no registry can have. */
  repository: 'InvalidRepository',
  /** docker's `config.json` cannot be read. */
  dockerConfig: 'InvalidDockerConfig',
  /** The key for provenance is none that can sign. */
  signingKey: 'InvalidSigningKey',
} as const;

export type ImageTrouble = (typeof imageTroubles)[keyof typeof imageTroubles];

/** An image that cannot be made, found or pushed. Neither it nor its causes contain a password. */
export class ImageError extends Error {
  override readonly name: string = 'ImageError';

  constructor(
    readonly code: ImageTrouble,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface RegistryErrorDetails {
  code: Extract<ImageTrouble, `Registry${string}`>;
  status?: number;
  /** Whether a retry may succeed. */
  again?: boolean;
  /** Delay that the registry requests before it, in milliseconds. */
  afterMs?: number | undefined;
  cause?: unknown;
}

/** A registry call that failed. */
export class RegistryError extends ImageError {
  override readonly name = 'RegistryError';
  readonly status: number | undefined;
  readonly again: boolean;
  readonly afterMs: number | undefined;

  constructor(message: string, { code, status, again = false, afterMs, cause }: RegistryErrorDetails) {
    super(code, message, { cause });
    this.status = status;
    this.again = again;
    this.afterMs = afterMs;
  }
}
