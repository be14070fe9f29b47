import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { replaceFile } from '../state/atomic-file.js';

/** Where systems keep the authorities that they trust: Debian and Alpine, Fedora, macOS. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
];

/**
 * Variables by which programs trust a certificate besides those that the machine trusts, without a change in their code: that of
 * App Platform's Valkey is signed by an authority that every system knows. Node adds a file to what it trusts; OpenSSL (Python, Ruby,
 * PHP) and Go read another file instead.
 * @param folder in which the file of all authorities is kept
 */
export async function trustIn(folder: string, certificate: string): Promise<Record<string, string>> {
  const file = join(folder, 'authorities.crt');
  const bundles = await Promise.all(systemBundles.map((one) => readFile(one, 'utf8').catch(() => undefined)));
  const trusted = bundles.find((one) => one !== undefined) ?? rootCertificates.join('\n');
  const text = `${trusted.trimEnd()}\n${certificate}`;
  if ((await readFile(file, 'utf8').catch(() => undefined)) !== text) await replaceFile(file, text);
  return { NODE_EXTRA_CA_CERTS: file, SSL_CERT_FILE: file };
}
