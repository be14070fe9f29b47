import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** How long it is valid: longer than a platform's folder is kept. */
const validMs = 10 * 365 * 24 * 3_600_000;

export interface Certificate {
  /** In PEM. It is its own authority: a client that trusts it connects. */
  certificate: string;
  privateKey: string;
}

/**
 * A certificate for servers that listen on 127.0.0.1: clients of App Platform's databases use TLS, which a server without a
 * certificate refuses. Node can read certificates but cannot make them; this is the DER of RFC 5280, section 4.1.
 */
export function selfSignedCertificate(): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(set(sequence(objectId('550403'), utf8('local-platform'))));
  const now = Date.now();
  const content = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    name,
    sequence(utcTime(now - 86_400_000), utcTime(now + validMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(mayIssue, isFor127)),
  );
  const signed = sequence(
    content,
    ecdsaWithSha256,
    tagged(0x03, Buffer.from([0]), sign('sha256', content, privateKey)),
  );
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    certificate: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** A tag, the length of what follows, and that: X.690, section 8.1. */
function tagged(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

function set(...parts: Buffer[]): Buffer {
  return tagged(0x31, ...parts);
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

function objectId(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'));
}

function utf8(text: string): Buffer {
  return tagged(0x0c, Buffer.from(text));
}

function utcTime(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/\D/g, '').slice(2, 14);
  return tagged(0x17, Buffer.from(`${digits}Z`));
}

/** 1.2.840.10045.4.3.2: RFC 5758. */
const ecdsaWithSha256 = sequence(objectId('2a8648ce3d040302'));

/** The extension basicConstraints, critical: it is an authority. */
const mayIssue = sequence(
  objectId('551d13'),
  tagged(0x01, Buffer.from([0xff])),
  tagged(0x04, sequence(tagged(0x01, Buffer.from([0xff])))),
);

/** The extension subjectAltName. */
const isFor127 = sequence(
  objectId('551d11'),
  tagged(0x04, sequence(tagged(0x82, Buffer.from('localhost')), tagged(0x87, Buffer.from([127, 0, 0, 1])))),
);
