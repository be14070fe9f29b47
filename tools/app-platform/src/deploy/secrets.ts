import { randomBytes, scrypt, timingSafeEqual, type BinaryLike } from 'node:crypto';
import { isEncrypted, secretsOf, type AppSpec, type Env } from '../spec/index.js';

/**
 * The fingerprint travels with the app in this variable. The platform shows a secret only encrypted, so this is how
 * a later deploy, maybe on another machine, knows whether its plaintext is the same.
 */
export const FINGERPRINT_KEY = 'SKILLS_SECRETS_FINGERPRINT';

/** The fingerprint that travels with an app. */
export function fingerprintOf(spec: AppSpec | undefined): string | undefined {
  return spec?.envs?.find(({ key }) => key === FINGERPRINT_KEY)?.value;
}

export function withFingerprint(spec: AppSpec, fingerprint: string | undefined): AppSpec {
  const others = spec.envs?.filter(({ key }) => key !== FINGERPRINT_KEY) ?? [];
  if (fingerprint === undefined)
    return others.length === spec.envs?.length || !spec.envs ? spec : { ...spec, envs: others };
  const env: Env = { key: FINGERPRINT_KEY, value: fingerprint, scope: 'BUILD_TIME', type: 'GENERAL' };
  return { ...spec, envs: [...others, env] };
}

/** The plaintext secrets of one wanted spec, and their fingerprints: `v1:<salt>:<hash>`, both base64url. */
export class SecretsFingerprint {
  readonly #canonical: string;
  /** True when there is nothing to fingerprint. */
  readonly empty: boolean;
  readonly #known = new Map<string, Promise<boolean>>();
  #fresh: Promise<string> | undefined;

  constructor(spec: AppSpec) {
    const plain = secretsOf(spec).filter(({ value }) => !isEncrypted(value));
    const rows = plain.map(({ component, key, value }) => [component, key, value]);
    this.#canonical = JSON.stringify(rows.map((row) => JSON.stringify(row)).sort());
    this.empty = plain.length === 0;
  }

  /** Whether a fingerprint found on the platform is that of the same secrets. */
  matches(fingerprint: string): Promise<boolean> {
    const known = this.#known.get(fingerprint) ?? this.#compare(fingerprint);
    this.#known.set(fingerprint, known);
    return known;
  }

  /** A fingerprint with a salt of its own; always the same one for this object. */
  fresh(): Promise<string> {
    this.#fresh ??= this.#make(randomBytes(16));
    return this.#fresh;
  }

  async #compare(fingerprint: string): Promise<boolean> {
    const [version, salt] = fingerprint.split(':');
    if (version !== 'v1' || !salt) return false;
    const ours = Buffer.from(await this.#make(Buffer.from(salt, 'base64url')));
    const theirs = Buffer.from(fingerprint);
    return ours.length === theirs.length && timingSafeEqual(ours, theirs);
  }

  async #make(salt: Buffer): Promise<string> {
    const hash = await derive(this.#canonical, salt);
    return ['v1', salt.toString('base64url'), hash.toString('base64url')].join(':');
  }
}

/** scrypt, because whoever may read the app reads the fingerprint, and a short secret must not be guessable from it. */
function derive(text: BinaryLike, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(text, salt, 32, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
