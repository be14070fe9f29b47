import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/platform.test.helper.js';
import { completeRoot, userOf } from './root-of-image.js';

async function rootOf(files: Record<string, string> = {}): Promise<string> {
  const root = await temporaryFolder();
  await mkdir(join(root, 'etc'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text);
  return root;
}

const people = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nweb:x:1234:77::/srv/web:/bin/sh\n',
  'etc/group': 'root:x:0:\nusers:x:100:\n',
};

describe('the user of an image', () => {
  it.each([
    ['', { uid: 0, gid: 0, home: '/root' }],
    ['web', { uid: 1234, gid: 77, home: '/srv/web' }],
    ['1234', { uid: 1234, gid: 77, home: '/srv/web' }],
    ['web:users', { uid: 1234, gid: 100, home: '/srv/web' }],
    ['web:5', { uid: 1234, gid: 5, home: '/srv/web' }],
    ['4321', { uid: 4321, gid: 0, home: '/' }],
  ])('"%s" is found in its own files', async (user, found) => {
    expect(await userOf(await rootOf(people), user)).toEqual(found);
  });

  it('is needed by name only where it has that name', async () => {
    expect(await userOf(await rootOf(), '')).toEqual({ uid: 0, gid: 0, home: '/' });
    await expect(userOf(await rootOf(people), 'nobody')).rejects.toThrow('no user "nobody"');
    await expect(userOf(await rootOf(people), 'web:staff')).rejects.toThrow('no group "staff"');
  });
});

describe('the root of an image', () => {
  it('gets its working directory, and what this machine calls hosts', async () => {
    const root = await rootOf();
    await completeRoot(root, '/srv/web');
    await writeFile(join(root, 'srv/web/a.txt'), 'a');
    expect(await readFile(join(root, 'etc/hosts'), 'utf8')).toBe(await readFile('/etc/hosts', 'utf8'));
  });

  it('is never left by a link', async () => {
    const outside = await temporaryFolder();
    const root = await rootOf();
    await symlink(outside, join(root, 'srv'));
    await expect(completeRoot(root, '/srv/web')).rejects.toThrow('/srv/web of the image is not a folder');
    const other = await rootOf();
    await symlink(join(outside, 'hosts'), join(other, 'etc/hosts'));
    await completeRoot(other, '/');
    await expect(readFile(join(outside, 'hosts'))).rejects.toThrow('ENOENT');
  });
});
