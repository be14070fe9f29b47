import { stopPlatform } from '@odoobo/local-platform/client';
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { canMount, SmallDisk } from '../support/small-disk.js';
import { Workspace } from '../support/workspace.js';

describe.skipIf(!canMount)('a build on a full disk (needs root)', { timeout: 120_000 }, () => {
  let workspace: Workspace;
  let disk: SmallDisk;

  /** A workspace with a skill that is live, and a disk of its own at one of its folders. */
  async function liveWith(folder: string): Promise<void> {
    workspace = await Workspace.create({ shop: { behaviour: { says: 'earlier' } } });
    disk = await SmallDisk.at(join(workspace.root, folder));
    const { exitCode, output } = await workspace.nx(['deploy', 'shop']);
    expect(exitCode, output).toBe(0);
  }
  afterEach(async () => {
    await stopPlatform(join(workspace.root, '.local-platform'));
    await disk.unmount();
    await workspace.close();
  });

  async function answer(): Promise<string> {
    return (await fetch((await workspace.status('shop'))['url'] ?? '')).text();
  }

  /** The blobs of the image that have the content that their name says; and those that have not. */
  async function blobs() {
    const folder = join(workspace.root, 'skills/shop/dist/image/blobs/sha256');
    const names = await readdir(folder);
    const digests = await Promise.all(
      names.map(async (name) =>
        createHash('sha256')
          .update(await readFile(join(folder, name)))
          .digest('hex'),
      ),
    );
    return { whole: names.filter((name, n) => name === digests[n]).length, all: names.length };
  }

  it.each([
    ['nx', 0],
    ['nx', 16],
    ['odoobo', 0],
    ['odoobo', 16],
  ] as const)(
    'of the skill fails in words with %s, and the build before stays whole (%i kB left)',
    async (program, left) => {
      await liveWith('skills/shop/dist');
      await workspace.change('shop', { says: 'new' });
      disk.fill(left * 1024);
      const { exitCode, output } = await workspace[program](['build', 'shop']);
      expect(exitCode, output).toBe(1);
      expect(output).toMatch(
        /skills\/shop\/dist\/\w+ could not be written: .* is full \(ENOSPC\)\. Make room there/,
      );
      expect(await blobs()).toEqual({ whole: 3, all: 3 });
      expect((await readdir(join(workspace.root, 'skills/shop/dist'))).sort()).toEqual([
        'bundle',
        'filler',
        'image',
        'sbom.cdx.json',
        'unhashed.json',
      ]);
      await disk.makeRoom();
      const deployed = await workspace[program](['deploy', 'shop']);
      expect(deployed.exitCode, deployed.output).toBe(0);
      expect(await answer()).toBe('new');
    },
  );

  // Nx ends with an error of its own where its database, or the copy of the outputs, has no room.
  it.each([16, 64])(
    "leaves nothing in Nx's cache that is later taken for a build (%i kB left)",
    async (left) => {
      await liveWith('.nx');
      await workspace.change('shop', { says: 'new' });
      disk.fill(left * 1024);
      expect((await workspace.nx(['build', 'shop'])).exitCode).toBe(1);
      await disk.makeRoom();
      await rm(join(workspace.root, 'skills/shop/dist'), { recursive: true, force: true });
      const deployed = await workspace.nx(['deploy', 'shop']);
      expect(deployed.exitCode, deployed.output).toBe(0);
      expect(await answer()).toBe('new');
      // What is in the cache by now.
      await rm(join(workspace.root, 'skills/shop/dist'), { recursive: true });
      const cached = await workspace.nx(['deploy', 'shop']);
      expect(cached.output).toContain('local cache');
      expect(cached.output).toContain('shop  unchanged');
      expect(await blobs()).toEqual({ whole: 3, all: 3 });
    },
  );
});
