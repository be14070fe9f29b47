import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import * as z from 'zod';

/** The media type of an envelope: https://github.com/secure-systems-lab/dsse/blob/master/envelope.md */
export const envelopeType = 'application/vnd.dsse.envelope.v1+json';

const base64 = z.base64().transform((text) => Buffer.from(text, 'base64'));

const envelopeSchema = z.object({
  payloadType: z.string(),
  payload: base64,
  signatures: z.array(z.object({ sig: base64 })),
});

/**
 * Signs a document, as a DSSE envelope.
 * @param type the media type of the document
 * @param key private: Ed25519, or ECDSA, with SHA-256 as cosign uses it
 */
export function signedEnvelope(type: string, document: Buffer, key: KeyObject): Buffer {
  const sig = sign(hashFor(key), signedBytes(type, document), key).toString('base64');
  const signatures = [{ keyid: keyIdOf(key), sig }];
  return Buffer.from(JSON.stringify({ payloadType: type, payload: document.toString('base64'), signatures }));
}

/**
 * The document in an envelope that the owner of a key has signed.
 * @param key public, or the private one
 * @returns undefined where no signature is of that key, or the text is no envelope
 */
export function documentIn(envelope: Buffer, key: KeyObject): { type: string; document: Buffer } | undefined {
  const read = envelopeSchema.safeParse(parsed(envelope));
  if (!read.success) return undefined;
  const { payloadType: type, payload: document, signatures } = read.data;
  const bytes = signedBytes(type, document);
  const isSigned = signatures.some(({ sig }) => verify(hashFor(key), bytes, key, sig));
  return isSigned ? { type, document } : undefined;
}

/** Names a key: the SHA-256 of its public half, in hexadecimal digits. */
export function keyIdOf(key: KeyObject): string {
  const half = key.type === 'private' ? createPublicKey(key) : key;
  return createHash('sha256')
    .update(half.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** Ed25519 hashes by itself. */
function hashFor({ asymmetricKeyType: type }: KeyObject): string | null {
  return type === 'ec' ? 'sha256' : null;
}

/** The type is signed with the document: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md#signature-definition */
function signedBytes(type: string, document: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${document.length} `),
    document,
  ]);
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(String(bytes));
  } catch {
    return undefined;
  }
}
