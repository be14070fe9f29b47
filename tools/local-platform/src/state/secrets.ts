import {
  type AppSpec,
  cloneCredentialsOf,
  isEncrypted,
  mapSecrets,
  type SecretPlace,
  secretsOf,
} from '@odoobo/app-platform/spec';
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { replaceFile } from './atomic-file.js';

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;
/** In hexadecimal digits: 128 bits. */
const passwordLength = 32;
/** What a platform such as this one has encrypted. App Platform's begin with 24 bytes, 32 digits. */
const ownFormat = /^EV\[1:[A-Za-z0-9+/]{16}:/;

/** Encrypts SECRET values for the disk and for what the API reads back: `EV[1:<iv>:<ciphertext and tag>]`. */
export class SecretBox {
  readonly #key: Buffer;
  readonly #shown = new WeakMap<AppSpec, AppSpec>();

  constructor(key: Buffer) {
    this.#key = key;
  }

  encrypt(plaintext: string): string {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv(algorithm, this.#key, iv);
    const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `EV[1:${iv.toString('base64')}:${sealed.toString('base64')}]`;
  }

  /** Undefined for a value that another platform (or another key) encrypted. */
  decrypt(value: string): string | undefined {
    const [, iv, sealed] = /^EV\[1:([^:]+):([^\]]+)\]$/.exec(value) ?? [];
    if (iv === undefined || sealed === undefined) return undefined;
    const bytes = Buffer.from(sealed, 'base64');
    try {
      const decipher = createDecipheriv(algorithm, this.#key, Buffer.from(iv, 'base64'), {
        authTagLength: tagBytes,
      });
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      return Buffer.concat([decipher.update(bytes.subarray(0, -tagBytes)), decipher.final()]).toString(
        'utf8',
      );
    } catch {
      return undefined;
    }
  }

  /** A password that is the same as long as the key is: 32 characters that need no escaping anywhere. */
  passwordFor(what: string): string {
    return createHmac('sha256', this.#key)
      .update(`password of ${what}`)
      .digest('hex')
      .slice(0, passwordLength);
  }

  /** The spec with each plaintext secret encrypted. A value that is encrypted already stays as it is. */
  seal(spec: AppSpec): AppSpec {
    return mapSecrets(spec, ({ value }) => (isEncrypted(value) ? value : this.encrypt(value)));
  }

  /**
   * The spec as the API shows it. The credentials of log destinations are as they were sent: the acceptance tests of the
   * Terraform provider expect them so. A secret that was encrypted here with a key that is lost has no value, so that a
   * comparison shows that it must be sent again. One that another platform has encrypted is shown as it was sent.
   */
  show(spec: AppSpec): AppSpec {
    const known = this.#shown.get(spec);
    if (known) return known;
    const shown = mapSecrets(spec, (place) => this.#shownValue(place));
    this.#shown.set(spec, shown);
    return shown;
  }

  #shownValue({ key, value }: SecretPlace): string {
    if (this.#isLost(value)) return '';
    return key.startsWith('log_destinations/') ? (this.decrypt(value) ?? value) : value;
  }

  /** Secrets that were encrypted here, with a key that is lost. */
  lost(spec: AppSpec): SecretPlace[] {
    return secretsOf(spec).filter(({ value }) => this.#isLost(value));
  }

  #isLost(value: string): boolean {
    return ownFormat.test(value) && this.decrypt(value) === undefined;
  }

  /** Every secret of a spec in plaintext: what a log must not show. */
  open(spec: AppSpec): string[] {
    const secrets = secretsOf(spec).flatMap(
      ({ value }) => (isEncrypted(value) ? this.decrypt(value) : value) ?? [],
    );
    return [...secrets, ...cloneCredentialsOf(spec)];
  }
}

/**
 * Reads the key, or makes one the first time (0600). Only the server of the folder does, so no one makes another meanwhile.
 * @throws Error when the file is there but is no key.
 */
export async function openSecretBox(file: string): Promise<SecretBox> {
  const stored = await readKey(file);
  if (stored === undefined) {
    const key = randomBytes(keyBytes);
    await replaceFile(file, key.toString('base64'));
    return new SecretBox(key);
  }
  if (stored.length === keyBytes) return new SecretBox(stored);
  throw new Error(
    `${file} is not the key of a local platform: it has ${stored.length} bytes, expected ${keyBytes}. ` +
      'Restore it, or delete it: the services then start without the secrets that were stored with it, until the next deploy sends them.',
  );
}

async function readKey(file: string): Promise<Buffer | undefined> {
  try {
    return Buffer.from(await readFile(file, 'utf8'), 'base64');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
