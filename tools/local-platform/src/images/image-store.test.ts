import fc from 'fast-check';
import { lstat, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canMount, SmallDisk } from '../testing/small-disk.test.helper.js';
import { blobPath } from './blob.js';
import { ImageError, ImageStore } from './image-store.js';
import {
  type LayoutOptions,
  makeFolder,
  tar,
  type TarEntry,
  writeBlob,
  writeLayout,
} from './layout.test.helper.js';

const app: TarEntry[] = [
  { name: 'app/', type: 'directory', mode: 0o755 },
  { name: 'app/main.js', content: 'run()', mode: 0o644 },
  { name: 'app/start', content: '#!/bin/sh', mode: 0o755 },
];

/** Writes a layout, imports it and unpacks it. */
async function unpacked(options: LayoutOptions): Promise<string> {
  const store = new ImageStore(await makeFolder());
  const into = join(await makeFolder(), 'root');
  await store.unpack(await store.import((await writeLayout(options)).folder), into);
  return into;
}

/** Every file of a folder, by its path: what is in it. */
async function filesOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const contents = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return Object.fromEntries(
    files.map((file, index) => [file.slice(folder.length + 1), contents[index] ?? '']),
  );
}

it("returns the version in an image's annotations", async () => {
  const store = new ImageStore(await makeFolder());
  const annotations = { 'org.opencontainers.image.version': '1.2.3' };
  const layout = await writeLayout({ layers: [app], manifest: { annotations } });
  const silent = await writeLayout({ layers: [app] });
  expect(await store.version(await store.import(layout.folder))).toBe('1.2.3');
  expect(await store.version(await store.import(silent.folder))).toBeUndefined();
  expect(await store.version(`sha256:${'0'.repeat(64)}`)).toBeUndefined();
});

it.skipIf(!canMount)(
  'says that the disk is full where an image has no room, not that the image is bad (needs mount, as root on Linux)',
  async () => {
    const disk = await SmallDisk.mount();
    const store = new ImageStore(await makeFolder());
    const large = [{ name: 'large', content: 'x'.repeat(3_000_000) }];
    const digest = await store.import((await writeLayout({ layers: [large] })).folder);
    await expect(store.unpack(digest, join(disk.folder, 'root'))).rejects.toThrow(
      /^Could not unpack layer \S+: .*is full \(ENOSPC\)\. Make room there, then try again\.$/,
    );
  },
);

describe('import', () => {
  it('imports an image by its digest, and may be repeated', async () => {
    const store = new ImageStore(await makeFolder());
    const { folder, digest } = await writeLayout({ layers: [app] });
    expect(await store.has(digest)).toBe(false);
    expect(await store.import(folder)).toBe(digest);
    expect(await store.import(folder)).toBe(digest);
    expect(await store.has(digest)).toBe(true);
    expect(await store.has(digest.replace('sha256:', ''))).toBe(false);
    expect(await store.has('sha256:../../etc/passwd')).toBe(false);
  });

  it('is safe with concurrent imports of the same image', async () => {
    const directory = await makeFolder();
    const { folder, digest } = await writeLayout({
      layers: [[{ name: 'big', content: 'x'.repeat(3_000_000) }], app],
    });
    await Promise.all(Array.from({ length: 20 }, () => new ImageStore(directory).import(folder)));
    await new ImageStore(directory).unpack(digest, join(directory, 'root'));
    expect(await readdir(join(directory, 'incoming'))).toEqual([]);
  });

  it.each(['layer', 'config', 'manifest'] as const)(
    'refuses a damaged %s and stores nothing under its name',
    async (part) => {
      const directory = await makeFolder();
      const { folder, digest, layers } = await writeLayout({ layers: [app] });
      const manifest = JSON.parse(await readFile(blobPath(folder, digest), 'utf8')) as {
        config: { digest: string };
      };
      const damaged = { layer: layers[0] ?? '', config: manifest.config.digest, manifest: digest }[part];
      await writeFile(blobPath(folder, damaged), 'something else');
      const store = new ImageStore(directory);
      await expect(store.import(folder)).rejects.toThrow(ImageError);
      await expect(store.import(folder)).rejects.toThrow(
        `${blobPath(folder, damaged)} is damaged: its digest is sha256:`,
      );
      expect(await store.has(digest)).toBe(false);
      await expect(stat(blobPath(directory, damaged))).rejects.toThrow('ENOENT');
    },
  );

  it('names the blob that is missing', async () => {
    const { folder, layers } = await writeLayout({ layers: [app] });
    const missing = blobPath(folder, layers[0] ?? '');
    await rm(missing);
    const importing = new ImageStore(await makeFolder()).import(folder);
    await expect(importing).rejects.toMatchObject({
      message: expect.stringContaining(missing),
      cause: { code: 'ENOENT' },
    });
  });

  it('replaces a damaged blob in the store', async () => {
    const directory = await makeFolder();
    const store = new ImageStore(directory);
    const { folder, digest, layers } = await writeLayout({ layers: [app] });
    await store.import(folder);
    await writeFile(blobPath(directory, layers[0] ?? ''), 'rotten');
    await expect(store.unpack(digest, join(directory, 'root'))).rejects.toThrow('is damaged');
    await store.import(folder);
    await store.unpack(digest, join(directory, 'root'));
  });

  it('reports what is wrong with a folder that is not the layout of one image', async () => {
    const store = new ImageStore(await makeFolder());
    const empty = await makeFolder();
    await expect(store.import(empty)).rejects.toThrow(
      `${empty} is not an OCI image layout. Build the image first.`,
    );
    const { folder } = await writeLayout({ layers: [] });
    const index = join(folder, 'index.json');
    const { manifests } = JSON.parse(await readFile(index, 'utf8')) as { manifests: object[] };
    await writeFile(index, JSON.stringify({ manifests: [...manifests, ...manifests] }));
    await expect(store.import(folder)).rejects.toThrow('holds 2 images; expected one');
    await writeFile(
      index,
      JSON.stringify({
        manifests: [{ ...manifests[0], mediaType: 'application/vnd.oci.image.index.v1+json' }],
      }),
    );
    await expect(store.import(folder)).rejects.toThrow('holds a application/vnd.oci.image.index.v1+json');
    await writeFile(
      index,
      JSON.stringify({ manifests: [{ mediaType: 'x', digest: 'sha256:../../../etc' }] }),
    );
    await expect(store.import(folder)).rejects.toThrow(
      /index\.json.*\n.*expected sha256:[^]*manifests\[0\]\.digest/,
    );
    await writeFile(index, '{');
    await expect(store.import(folder)).rejects.toThrow(`${index} is not JSON`);
  });
});

describe('unpack', () => {
  it('writes files with their modes, folders and links, and returns how to run the image', async () => {
    const store = new ImageStore(await makeFolder());
    const config = {
      Entrypoint: ['node'],
      Cmd: ['main.js'],
      WorkingDir: '/app',
      Env: ['A=b=c', 'EMPTY=', 'BARE'],
    };
    const layer: TarEntry[] = [
      ...app,
      { name: './app/deep/er/file', content: 'found' },
      { name: 'app/setuid', content: '', mode: 0o4755 },
      { name: 'app/closed', type: 'directory', mode: 0o000 },
      { name: 'app/closed/in', content: 'in' },
      { name: 'app/link', type: 'symlink', linkname: 'deep/../main.js' },
      { name: 'app/hard', type: 'link', linkname: 'app/main.js' },
    ];
    const digest = await store.import((await writeLayout({ layers: [layer], config })).folder);
    const into = join(await makeFolder(), 'not', 'there', 'yet');
    expect(await store.unpack(digest, into)).toEqual({
      entrypoint: ['node'],
      cmd: ['main.js'],
      workingDir: '/app',
      env: { A: 'b=c', EMPTY: '', BARE: '' },
    });
    expect(await filesOf(into)).toEqual({
      'app/main.js': 'run()',
      'app/hard': 'run()',
      'app/start': '#!/bin/sh',
      'app/setuid': '',
      'app/closed/in': 'in',
      'app/deep/er/file': 'found',
    });
    const mode = async (name: string): Promise<number> => (await lstat(join(into, name))).mode & 0o7777;
    expect(await Promise.all(['app/main.js', 'app/start', 'app/setuid'].map(mode))).toEqual([
      0o644, 0o755, 0o755,
    ]);
    expect(await readlink(join(into, 'app/link'))).toBe('deep/../main.js');
  });

  it('accepts uncompressed layers', async () => {
    const { folder, digest } = await writeLayout({ layers: [] });
    const plain = await writeBlob(folder, 'application/vnd.oci.image.layer.v1.tar', await tar(app));
    const manifest = JSON.parse(await readFile(blobPath(folder, digest), 'utf8')) as object;
    const data = Buffer.from(JSON.stringify({ ...manifest, layers: [plain] }));
    const top = await writeBlob(folder, 'application/vnd.oci.image.manifest.v1+json', data);
    await writeFile(join(folder, 'index.json'), JSON.stringify({ manifests: [top] }));
    const store = new ImageStore(await makeFolder());
    const into = await makeFolder();
    await store.unpack(await store.import(folder), into);
    expect(await filesOf(into)).toEqual({ 'app/main.js': 'run()', 'app/start': '#!/bin/sh' });
  });

  it('lets upper layers replace, delete and hide files of lower ones', async () => {
    const into = await unpacked({
      layers: [
        [
          { name: 'kept', content: '1' },
          { name: 'replaced', content: '1' },
          { name: 'deleted', content: '1' },
          { name: 'folder/deleted', content: '1' },
          { name: 'opaque/old', content: '1' },
          { name: 'opaque/sub/old', content: '1' },
          { name: 'becomes-folder', content: '1' },
          { name: 'becomes-file/old', content: '1' },
        ],
        [
          { name: 'replaced', content: '2' },
          { name: '.wh.deleted', content: '' },
          { name: 'folder/.wh.deleted', content: '' },
          { name: 'nowhere/.wh.deleted', content: '' },
          { name: 'opaque/new', content: '2' },
          // After what it must not hide: whiteouts are for lower layers alone.
          { name: 'opaque/.wh..wh..opq', content: '' },
          { name: 'becomes-folder', type: 'directory' },
          { name: 'becomes-folder/new', content: '2' },
          { name: 'becomes-file', content: '2' },
        ],
      ],
    });
    expect(await filesOf(into)).toEqual({
      kept: '1',
      replaced: '2',
      'opaque/new': '2',
      'becomes-folder/new': '2',
      'becomes-file': '2',
    });
  });

  const out = 'escaped';
  const escapes: [string, TarEntry[], string][] = [
    ['a path that climbs out', [{ name: `../${out}`, content: 'x' }], 'its path is outside the image'],
    [
      'a path that climbs out later',
      [{ name: `a/../../${out}`, content: 'x' }],
      'its path is outside the image',
    ],
    ['an absolute path', [{ name: `/tmp/${out}`, content: 'x' }], 'its path is outside the image'],
    [
      'a link that climbs out',
      [{ name: 'a/l', type: 'symlink', linkname: '../../x' }],
      'it links to ../../x, which is outside',
    ],
    [
      'an absolute link',
      [{ name: 'l', type: 'symlink', linkname: '/etc' }],
      'it links to /etc, which is outside',
    ],
    [
      'a file below a link',
      [
        { name: 'd/l', type: 'symlink', linkname: '..' },
        { name: 'd/l/f', content: 'x' },
      ],
      'unpack d/l: another entry is below it, and it is not a folder',
    ],
    [
      'a folder below a link',
      [
        { name: 'l', type: 'symlink', linkname: '.' },
        { name: 'l/f/', type: 'directory' },
      ],
      'unpack l: another entry is below it',
    ],
    [
      'a hard link that climbs out',
      [{ name: 'l', type: 'link', linkname: '../x' }],
      'its path is outside the image',
    ],
    [
      'a hard link to a link',
      [
        { name: 'a', type: 'symlink', linkname: 'b' },
        { name: 'l', type: 'link', linkname: 'a' },
      ],
      'which is not a file of the image',
    ],
    [
      'a hard link to nothing',
      [{ name: 'l', type: 'link', linkname: 'gone/gone' }],
      'which is not a file of the image',
    ],
    ['a whiteout that climbs out', [{ name: '../.wh.victim', content: '' }], 'its path is outside the image'],
    ['a whiteout of the folder above', [{ name: '.wh...', content: '' }], 'its path is outside the image'],
    [
      'a device',
      [{ name: 'null', type: 'character-device', devmajor: 1, devminor: 3 }],
      'null in the image is a character-device',
    ],
    ['a pipe', [{ name: 'p', type: 'fifo' }], 'p in the image is a fifo'],
  ];
  it.each(escapes)('refuses %s and leaves nothing behind', async (_, layer, message) => {
    const store = new ImageStore(await makeFolder());
    const parent = await makeFolder();
    await writeFile(join(parent, 'victim'), 'still here');
    const digest = await store.import((await writeLayout({ layers: [[], layer] })).folder);
    const unpacking = store.unpack(digest, join(parent, 'root'));
    await expect(unpacking).rejects.toThrow(ImageError);
    await expect(unpacking).rejects.toThrow(message);
    expect(await filesOf(parent)).toEqual({ victim: 'still here' });
    expect(await readdir(parent)).toEqual(['victim']);
  });

  it('replaces a link of a lower layer by a file, and does not write through it', async () => {
    const into = await unpacked({
      layers: [
        [
          { name: 'target', content: 'as it was' },
          { name: 'link', type: 'symlink', linkname: 'target' },
        ],
        [{ name: 'link', content: 'a file now' }],
      ],
    });
    expect(await filesOf(into)).toEqual({ target: 'as it was', link: 'a file now' });
  });

  it('names the missing image and what to do', async () => {
    const store = new ImageStore(await makeFolder());
    const digest = `sha256:${'0'.repeat(64)}`;
    await expect(store.unpack(digest, await makeFolder())).rejects.toThrow(
      `Image ${digest} is not in the store`,
    );
    await expect(store.unpack('latest', await makeFolder())).rejects.toThrow('Build it and import it again.');
  });

  it('refuses a folder that is not empty, and a layer that it cannot read', async () => {
    const store = new ImageStore(await makeFolder());
    const filled = await makeFolder();
    await writeFile(join(filled, 'mine'), '');
    const digest = await store.import((await writeLayout({ layers: [app] })).folder);
    await expect(store.unpack(digest, filled)).rejects.toThrow(`${filled} is not empty`);
    const { folder } = await writeLayout({ layers: [] });
    for (const [mediaType, data, message] of [
      [
        'application/vnd.oci.image.layer.v1.tar+zstd',
        'x',
        'is a application/vnd.oci.image.layer.v1.tar+zstd. Build it as tar or tar+gzip',
      ],
      ['application/vnd.oci.image.layer.v1.tar+gzip', 'not gzip', 'incorrect header check'],
      ['application/vnd.oci.image.layer.v1.tar', 'not a tar', 'Unexpected end of data'],
    ] as const) {
      const layer = await writeBlob(folder, mediaType, Buffer.from(data));
      const bad = await writeLayout({ layers: [], manifest: { layers: [layer] } });
      await writeBlob(bad.folder, mediaType, Buffer.from(data));
      await expect(store.unpack(await store.import(bad.folder), await makeFolder())).rejects.toThrow(message);
    }
  });

  it('restores any file tree, however it is split into layers', async () => {
    const name = fc.stringMatching(/^[a-z0-9_é-][a-z0-9 ._-]{0,30}$/).filter((text) => text !== 'file');
    const path = fc.array(name, { minLength: 1, maxLength: 6 }).map((parts) => [...parts, 'file'].join('/'));
    const tree = fc.dictionary(path, fc.tuple(fc.string(), fc.nat(2)), { maxKeys: 12 });
    await fc.assert(
      fc.asyncProperty(tree, async (files) => {
        const paths = Object.entries(files);
        const cut = [0, 1, 2].map((layer) =>
          paths.filter(([, [, on]]) => on === layer).map(([file, [content]]) => ({ name: file, content })),
        );
        const expected = Object.fromEntries(paths.map(([file, [content]]) => [file, content]));
        expect(await filesOf(await unpacked({ layers: cut }))).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });
});
