import { type BinaryLike, createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { type AppSpec, isEncrypted, placeName, secretsOf } from '../spec/index.js';
import { ownVariable, withOwnVariable } from './own-variables.js';

/**
 * The variable that stores the fingerprint in the app. The platform shows a secret only encrypted, so this is how
 * a later deploy, maybe on another machine, knows whether its plaintext is the same, and which secrets were sent from here.
 */
export const fingerprintKey = 'SKILLS_SECRETS_FINGERPRINT';

export const fingerprintSchema = z.object({
  salt: z.string(),
  /** Of all secrets together: one slow hash compares them. Undefined if some were not known when it was created. */
  all: z.string().optional(),
  /** Of each secret, by its place. */
  each: z.record(z.string(), z.string()),
});

/** Salted hashes of the plaintext secrets that were sent to an app. */
export type Fingerprint = z.infer<typeof fingerprintSchema>;

/** The fingerprint stored in an app. */
export function fingerprintOf(spec: AppSpec | undefined): Fingerprint | undefined {
  return fingerprintSchema.safeParse(ownVariable(spec, fingerprintKey)).data;
}

/** A short id, unique to a fingerprint: it is compared instead of the fingerprint. */
export function idOf(fingerprint: Fingerprint | undefined): string | undefined {
  if (!fingerprint) return undefined;
  return createHash('sha256').update(JSON.stringify(fingerprint)).digest('base64url');
}

export function withFingerprint(spec: AppSpec, fingerprint: Fingerprint | undefined): AppSpec {
  return withOwnVariable(spec, fingerprintKey, fingerprint, 'BUILD_TIME');
}

/** The places of secrets that were sent from here; the values of other secrets were set by someone else. */
export function sentFrom(spec: AppSpec | undefined): ReadonlySet<string> {
  return new Set(Object.keys(fingerprintOf(spec)?.each ?? {}));
}

/** The plaintext secrets of one wanted spec, and their fingerprints. */
export class SecretsFingerprint {
  /** By place. */
  readonly #plain: ReadonlyMap<string, string>;
  readonly #known = new Map<string, Promise<boolean>>();
  readonly #hashes = new Map<string, Promise<string>>();
  readonly #salt = randomBytes(16).toString('base64url');

  constructor(spec: AppSpec) {
    const plain = secretsOf(spec).filter(({ value }) => !isEncrypted(value));
    this.#plain = new Map(plain.map((place) => [placeName(place), place.value]));
  }

  /** True when there are no secrets. */
  get empty(): boolean {
    return this.#plain.size === 0;
  }

  /**
   * Whether a fingerprint on the platform is that of the same secrets.
   * @param carried places of secrets that are not known here and stay unchanged on the platform
   */
  matches(fingerprint: Fingerprint, carried: ReadonlySet<string> = new Set()): Promise<boolean> {
    const key = JSON.stringify([fingerprint, [...carried].sort()]);
    const known = this.#known.get(key) ?? this.#compare(fingerprint, carried);
    this.#known.set(key, known);
    return known;
  }

  /**
   * The fingerprint to send: the same one at each call.
   * @param there the fingerprint on the platform, if secrets stay there that are not known here
   */
  async fresh(there?: Fingerprint, carried: ReadonlySet<string> = new Set()): Promise<Fingerprint> {
    const stay = Object.entries(there?.each ?? {}).filter(
      ([place]) => carried.has(place) && !this.#plain.has(place),
    );
    const isWhole = !there || stay.length === 0;
    const salt = isWhole ? this.#salt : there.salt;
    const hashes = [...this.#plain].map(async ([place, value]) => [
      place,
      await this.#hash(place, value, salt),
    ]);
    const each = Object.fromEntries([...stay, ...(await Promise.all(hashes))]) as Record<string, string>;
    const isWorthIt = isWhole && this.#plain.size > 1;
    return isWorthIt ? { salt, all: await this.#all(salt), each } : { salt, each };
  }

  async #compare({ salt, all, each }: Fingerprint, carried: ReadonlySet<string>): Promise<boolean> {
    const places = Object.keys(each);
    const known = places.filter((place) => this.#plain.has(place));
    if (known.length < this.#plain.size) return false;
    if (all !== undefined && places.length === known.length) return isSame(all, await this.#all(salt));
    if (!places.every((place) => this.#plain.has(place) || carried.has(place))) return false;
    const same = [...this.#plain].map(async ([place, value]) =>
      isSame(each[place] ?? '', await this.#hash(place, value, salt)),
    );
    return (await Promise.all(same)).every(Boolean);
  }

  #all(salt: string): Promise<string> {
    return this.#derived(JSON.stringify([...this.#plain].map((row) => JSON.stringify(row)).sort()), salt);
  }

  #hash(place: string, value: string, salt: string): Promise<string> {
    return this.#derived(JSON.stringify([place, value]), salt);
  }

  #derived(text: string, salt: string): Promise<string> {
    const key = `${salt} ${text}`;
    const hash = this.#hashes.get(key) ?? derive(text, Buffer.from(salt, 'base64url'));
    this.#hashes.set(key, hash);
    return hash;
  }
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** scrypt: everyone who may read the app can read the fingerprint, and must not be able to guess a short secret from it. */
function derive(text: BinaryLike, salt: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    scrypt(text, salt, 24, (error, key) => (error ? reject(error) : resolve(key.toString('base64url'))));
  });
}
