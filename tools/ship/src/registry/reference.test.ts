import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseReference, registryUrl, requireSafe, showRepository } from './reference.js';

const digest = `sha256:${'a'.repeat(64)}`;

it.each([
  ['node', { registry: 'docker.io', name: 'library/node' }],
  ['node:20-slim', { registry: 'docker.io', name: 'library/node', tag: '20-slim' }],
  ['acme/node@' + digest, { registry: 'docker.io', name: 'acme/node', digest }],
  ['ghcr.io/acme/base:1@' + digest, { registry: 'ghcr.io', name: 'acme/base', tag: '1', digest }],
  ['localhost/base', { registry: 'localhost', name: 'base' }],
  ['127.0.0.1:5000/a/b/c', { registry: '127.0.0.1:5000', name: 'a/b/c' }],
])('reads %s as docker does', (text, reference) => {
  expect(parseReference(text)).toEqual(reference);
});

it.each(['', 'Node', 'node:', 'node@sha256:12', 'node 20', '/node', 'ghcr.io/', 'a//b', 'node:20@', '-node'])(
  'refuses "%s", which names no image',
  (text) => {
    expect(() => parseReference(text)).toThrow(`"${text}" names no image`);
  },
);

it('parses its own output, and throws no other error for any text', () => {
  const part = fc.stringMatching(/^[a-z0-9]+([._-][a-z0-9]+)?$/);
  const path = fc.array(part, { minLength: 2, maxLength: 4 }).map((parts) => parts.join('/'));
  const registry = fc.constantFrom('ghcr.io', 'docker.io', '127.0.0.1:5000', 'registry.digitalocean.com');
  fc.assert(
    fc.property(registry, path, (host, name) => {
      const repository = { registry: host, name };
      expect(parseReference(`${showRepository(repository)}:t@${digest}`)).toEqual({
        ...repository,
        tag: 't',
        digest,
      });
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseReference(text);
      } catch (error) {
        expect((error as Error).message).toContain('names no image');
      }
    }),
  );
});

it('uses https, and http only on this machine', () => {
  expect(registryUrl('docker.io').href).toBe('https://registry-1.docker.io/');
  expect(registryUrl('ghcr.io').href).toBe('https://ghcr.io/');
  expect(registryUrl('localhost:5000').href).toBe('http://localhost:5000/');
  expect(registryUrl('127.0.0.1.example.org').protocol).toBe('https:');
  expect(() => requireSafe(new URL('http://storage.example.org/x'))).toThrow('is not https');
});
