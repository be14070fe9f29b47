/** What kept an image from its registry, or an artefact from its image: no file of a skill is to blame. */
export const imageTroubles = {
  /** The registry gave no answer: no such host, no connection, no trust in its certificate, no answer in time. */
  unreachable: 'RegistryUnreachable',
  /** It answered that it cannot now: too many calls, or trouble of its own. */
  unavailable: 'RegistryUnavailable',
  /** It answered, and does not do what it is asked: no such login, right, repository or image. */
  refused: 'RegistryRefused',
  /** `baseImage` names none, or none that can be used. */
  baseImage: 'InvalidBaseImage',
  /** An App Spec wants its image in DOCR, and nothing says in which registry there. */
  noRegistry: 'NoRegistry',
  /** An App Spec and the options name a repository that no registry can have. */
  repository: 'InvalidRepository',
  /** docker's `config.json` cannot be read. */
  dockerConfig: 'InvalidDockerConfig',
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
  /** Whether another try may go better. */
  again?: boolean;
  /** Milliseconds that the registry asks to wait before it. */
  afterMs?: number | undefined;
  cause?: unknown;
}

/** What a registry did not do. */
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
