import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AppSpec } from '../spec/index.js';
import { redactDeep, redactSecrets } from './redact.js';

function specWith(value: string): AppSpec {
  return { name: 'app', services: [{ name: 'web', envs: [{ key: 'KEY', type: 'SECRET', value }] }] };
}

describe('redacting', () => {
  it('leaves no secret in any text, however deep, and all else as it was', () => {
    const secret = fc.stringMatching(/^[a-zA-Z0-9$.*+?^()|]{6,20}$/);
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
        const redact = redactSecrets([specWith(value)]);
        const redacted = redactDeep(
          { list: [{ text: before + value + after }], number: 1, none: undefined },
          redact,
        );
        expect(JSON.stringify(redacted)).not.toContain(JSON.stringify(value).slice(1, -1));
        expect(redacted.number).toBe(1);
      }),
    );
  });

  it('hides each line of a key, and the token of registry credentials', () => {
    const image = { registry_type: 'GHCR' as const, repository: 'r', registry_credentials: 'user:ghp_token' };
    const spec: AppSpec = {
      ...specWith('-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----'),
      workers: [{ name: 'w', image }],
    };
    const redact = redactSecrets([spec]);
    expect(redact('loading MIIEvQIBADANBg as user with ghp_token')).toBe(
      'loading [secret] as user with [secret]',
    );
  });

  it('hides the credentials of log destinations', () => {
    const logs = [{ name: 'logs', logtail: { token: 'lt-token' } }];
    const redact = redactSecrets([{ name: 'app', workers: [{ name: 'w', log_destinations: logs }] }]);
    expect(redact('sent with lt-token')).toBe('sent with [secret]');
  });

  it('hides what a clone URL is opened with', () => {
    const git = { repo_clone_url: 'https://me:gh-token@git.test/acme/shop', branch: 'main' };
    const redact = redactSecrets([{ name: 'app', workers: [{ name: 'w', git }] }]);
    expect(redact('cannot clone git.test/acme/shop with gh-token')).toBe(
      'cannot clone git.test/acme/shop with [secret]',
    );
  });

  it('hides the longer of two secrets that begin alike', () => {
    const redact = redactSecrets([specWith('hunter'), specWith('hunter2000')]);
    expect(redact('hunter2000 hunter')).toBe('[secret] [secret]');
  });

  it('leaves encrypted and very short values alone', () => {
    const redact = redactSecrets([specWith('EV[1:abc]'), specWith('on')]);
    expect(redact('EV[1:abc] is on')).toBe('EV[1:abc] is on');
  });
});
