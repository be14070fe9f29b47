import fc from 'fast-check';
import { generateKeyPairSync, verify } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { documentIn, keyIdOf, signedEnvelope } from './envelope.js';
import { readSigningKey, readVerifyingKey } from './signing-key.js';

const ed25519 = generateKeyPairSync('ed25519');
const ecdsa = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const type = 'http://example.com/HelloWorld';
const document = Buffer.from('hello world');

const pemOf = (key: typeof ed25519.privateKey) => String(key.export({ type: 'pkcs8', format: 'pem' }));

it.each([
  ['Ed25519', ed25519, null],
  ['ECDSA', ecdsa, 'sha256'],
])('signs with %s what the specification of DSSE says', (_, { privateKey, publicKey }, hash) => {
  const envelope = signedEnvelope(type, document, privateKey);
  const { signatures } = JSON.parse(String(envelope)) as { signatures: { keyid: string; sig: string }[] };
  const [{ keyid, sig } = { keyid: '', sig: '' }] = signatures;
  // The example of the specification.
  const signed = Buffer.from('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  expect(verify(hash, signed, publicKey, Buffer.from(sig, 'base64'))).toBe(true);
  expect(keyid).toBe(keyIdOf(publicKey));
  expect(documentIn(envelope, publicKey)).toEqual({ type, document });
});

it('has no document for another key, for a changed one, and for what is no envelope', () => {
  const envelope = signedEnvelope(type, document, ed25519.privateKey);
  expect(documentIn(envelope, generateKeyPairSync('ed25519').publicKey)).toBeUndefined();
  expect(documentIn(envelope, ecdsa.publicKey)).toBeUndefined();
  const changed = fc.record({ at: fc.nat(envelope.length - 1), to: fc.nat(255) });
  fc.assert(
    fc.property(changed, ({ at, to }) => {
      const other = Buffer.from(envelope);
      other[at] = to;
      const found = documentIn(other, ed25519.publicKey);
      // The name of the key is not signed, and says nothing that is believed.
      if (found) expect(found).toEqual({ type, document });
    }),
  );
  expect(documentIn(Buffer.from('{"payload":1}'), ed25519.publicKey)).toBeUndefined();
});

it('reads the key from the variable or from the file that it names', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'key-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'provenance.pem');
  await writeFile(file, pemOf(ed25519.privateKey));
  expect(await readSigningKey({})).toBeUndefined();
  for (const value of [file, pemOf(ed25519.privateKey)]) {
    const key = await readSigningKey({ PROVENANCE_KEY: value });
    expect(key && keyIdOf(key)).toBe(keyIdOf(ed25519.publicKey));
  }
  expect(keyIdOf(await readVerifyingKey(file))).toBe(keyIdOf(ed25519.publicKey));
});

it.each([
  ['another kind of key', pemOf(rsa.privateKey), 'is a key of rsa. Use Ed25519, or ECDSA'],
  ['an encrypted key', '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nabc\n', 'is encrypted'],
  ['no key', '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----', 'is no key in PEM'],
  ['a key without its first line', 'c2VjcmV0', 'cannot be read (ENOENT)'],
  ['a file that is not there', '/none/provenance.pem', 'cannot be read (ENOENT)'],
])('refuses %s, without its text in the message, and says how to make one', async (_, value, message) => {
  const { message: said = '', cause } = await readSigningKey({ PROVENANCE_KEY: value }).then(
    () => new Error('not refused'),
    (error: Error) => error,
  );
  expect(said).toContain(message);
  expect(said).toContain('openssl genpkey -algorithm ed25519');
  expect(`${said} ${String(cause)}`).not.toContain('c2VjcmV0');
});
