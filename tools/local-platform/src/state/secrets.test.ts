import fc from 'fast-check';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { noDigest, specOf, temporaryFolder } from '../testing/platform.test.helper.js';
import { openSecretBox } from './secrets.js';

async function openBox() {
  const file = join(await temporaryFolder(), 'key');
  return { file, box: await openSecretBox(file) };
}

describe('secrets', () => {
  it('decrypt to any original text; never the same ciphertext twice', async () => {
    const { box } = await openBox();
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const sealed = box.encrypt(text);
        expect(box.decrypt(sealed)).toBe(text);
        expect(box.encrypt(text)).not.toBe(sealed);
      }),
    );
  });

  it('are not decrypted if altered, or with another key', async () => {
    const { box } = await openBox();
    const sealed = box.encrypt('hunter2');
    const { box: other } = await openBox();
    expect(other.decrypt(sealed)).toBeUndefined();
    const ciphertext = sealed.split(':')[2] ?? '';
    const flipped = ciphertext.startsWith('A') ? `B${ciphertext.slice(1)}` : `A${ciphertext.slice(1)}`;
    expect(box.decrypt(sealed.replace(ciphertext, flipped))).toBeUndefined();
    for (const broken of ['EV[1:x:y]', 'EV[2:AAAA:AAAA]', 'EV[]', ''])
      expect(box.decrypt(broken)).toBeUndefined();
  });

  it('are encrypted wherever a spec has them, and nothing else is', async () => {
    const { box } = await openBox();
    const secret = { key: 'TOKEN', type: 'SECRET' as const, value: 'hunter2' };
    const plain = { key: 'PLAIN', value: 'visible' };
    const spec = {
      ...specOf('shop', noDigest, { envs: [secret, plain] }),
      envs: [{ ...secret, value: 'hunter3' }],
    };
    const image = spec.services?.[0]?.image;
    if (image) image.registry_credentials = 'user:hunter4';
    const sealed = box.seal(spec);
    expect(JSON.stringify(sealed)).not.toContain('hunter');
    expect(sealed.services?.[0]?.envs?.[1]).toEqual(plain);
    expect(box.open(sealed).sort()).toEqual(['hunter2', 'hunter3', 'user:hunter4']);
    expect(box.seal(sealed)).toEqual(sealed);
  });

  it('of log destinations are encrypted, and shown as they were sent', async () => {
    const { box } = await openBox();
    const spec = specOf('shop', noDigest, {
      log_destinations: [{ name: 'logs', logtail: { token: 'hunter2' } }],
    });
    const sealed = box.seal(spec);
    expect(JSON.stringify(sealed)).not.toContain('hunter2');
    expect(box.show(sealed)).toEqual(spec);
    expect(box.open(sealed)).toEqual(['hunter2']);
  });

  it('that were encrypted with a key that is lost are shown without a value, and those of others as they are', async () => {
    const { box } = await openBox();
    const { box: other } = await openBox();
    const real = `EV[1:${'a'.repeat(32)}:abcdef]`;
    const envs = ['lost', real, 'new'].map((value, at) => ({
      key: `K${at}`,
      type: 'SECRET' as const,
      value,
    }));
    const [lost, foreign, fresh] = envs;
    const before = other.seal(
      specOf('shop', noDigest, { envs: [lost, foreign].flatMap((env) => env ?? []) }),
    );
    const after = box.seal({ ...before, envs: fresh ? [fresh] : [] });
    const { services, envs: ofApp } = box.show(after);
    expect(services?.[0]?.envs?.map(({ value }) => value)).toEqual(['', real]);
    expect(ofApp).toEqual(after.envs);
    expect(box.lost(after)).toMatchObject([{ component: 'web', key: 'K0' }]);
    expect(other.show(before)).toEqual(before);
  });

  it('have a key that only the owner can read and that stays', async () => {
    const { file, box } = await openBox();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await openSecretBox(file)).decrypt(box.encrypt('x'))).toBe('x');
  });

  it('report a key file that is not a key', async () => {
    const { file } = await openBox();
    await writeFile(file, 'short');
    await expect(openSecretBox(file)).rejects.toThrow(/is not the key of a local platform/);
    expect(await readFile(file, 'utf8')).toBe('short');
  });
});
