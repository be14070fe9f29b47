import { expect, it } from 'vitest';
import { parseChallenge, readToken } from './token.js';

it('parses the challenges of Docker Hub, GHCR and plain registries', () => {
  const bearer =
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull repository:c/d:push"';
  const challenge = parseChallenge(bearer);
  expect(challenge?.scheme === 'bearer' && challenge.url.href).toBe(
    'https://auth.docker.io/token?service=registry.docker.io&scope=repository%3Aa%2Fb%3Apull&scope=repository%3Ac%2Fd%3Apush',
  );
  expect(parseChallenge('Basic realm="test"')).toEqual({ scheme: 'basic' });
  expect(parseChallenge('Negotiate')).toBeUndefined();
  expect(parseChallenge('Bearer realm="nonsense"')).toBeUndefined();
});

it('requests no token over an unencrypted connection', () => {
  expect(() => parseChallenge('Bearer realm="http://auth.example.org/token"')).toThrow('is not https');
});

it('reads a token by either of its names', () => {
  expect(readToken('{"token":"a"}')).toBe('a');
  expect(readToken('{"access_token":"b"}')).toBe('b');
  expect(readToken('<html>')).toBeUndefined();
  expect(readToken('{"token":1}')).toBeUndefined();
});
