import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isEncrypted, mapSecrets, secretsOf, type AppSpec } from '@odoobo/app-platform/spec';
import { replaceFile } from './atomic-file.js';

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

/** Encrypts SECRET values for the disk and for what the API reads back: `EV[1:<iv>:<ciphertext and tag>]`. */
export class SecretBox {
  readonly #key: Buffer;

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

  /** The spec with each plaintext secret encrypted. A value that is encrypted already stays as it is. */
  seal(spec: AppSpec): AppSpec {
    return mapSecrets(spec, ({ value }) => (isEncrypted(value) ? value : this.encrypt(value)));
  }

  /** Every secret of a spec in plaintext: what a log must not show. */
  open(spec: AppSpec): string[] {
    return secretsOf(spec).flatMap(({ value }) => (isEncrypted(value) ? this.decrypt(value) : value) ?? []);
  }
}

/**
 * Reads the key, or makes one the first time (0600). Only the server of the folder does, so nobody makes another meanwhile.
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
      'Restore it, or delete it: secrets that were stored with it are then unset until the next deploy.',
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
