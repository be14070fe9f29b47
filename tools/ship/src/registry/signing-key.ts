import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ImageError, imageTroubles } from './registry-error.js';

/** The variable that has the key, or names its file. */
export const signingKeyVariable = 'PROVENANCE_KEY';

/**
 * The key that signs provenance; undefined without the variable.
 * @throws ImageError where it is no such key; never with its text
 */
export async function readSigningKey(env: NodeJS.ProcessEnv): Promise<KeyObject | undefined> {
  const value = env[signingKeyVariable];
  if (!value) return undefined;
  const pem = value.includes('-----BEGIN') ? value : await readKeyFile(value, signingKeyVariable);
  return supported(pem, signingKeyVariable, createPrivateKey);
}

/**
 * The key in a file that provenance is verified with: public, or the private one.
 * @throws ImageError where it is no such key
 */
export async function readVerifyingKey(file: string): Promise<KeyObject> {
  return supported(await readKeyFile(file, '--key'), '--key', createPublicKey);
}

/** Without the cause: it quotes the path, which may be a key that was not recognised as one. */
async function readKeyFile(file: string, named: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw unusable(`${named} names a file that cannot be read (${code}).`);
  }
}

function supported(pem: string, named: string, read: (pem: string) => KeyObject): KeyObject {
  const key = readable(pem, named, read);
  const { asymmetricKeyType: type = '', asymmetricKeyDetails: { namedCurve } = {} } = key;
  if (type === 'ed25519' || namedCurve === 'prime256v1') return key;
  throw unusable(`${named} is a key of ${type}. Use Ed25519, or ECDSA with the curve P-256.`);
}

function unusable(why: string): ImageError {
  const howToMake = 'Make one: openssl genpkey -algorithm ed25519 -out provenance.pem';
  return new ImageError(imageTroubles.signingKey, `${why} ${howToMake}`);
}

/** Without the cause: it could quote the key. */
function readable(pem: string, named: string, read: (pem: string) => KeyObject): KeyObject {
  if (/BEGIN ENCRYPTED/.test(pem))
    throw unusable(`${named} is encrypted, as cosign's keys are. Use a key without a password.`);
  try {
    return read(pem);
  } catch {
    throw unusable(`${named} is no key in PEM.`);
  }
}
