import { execa } from 'execa';
import { mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { skillManifestSchema } from '../manifest/manifest.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { artefactDigest, buildArtefact } from './build-artefact.js';
import { findLeftBehind } from './left-behind.js';

const manifest = skillManifestSchema.parse({
  id: 'echo',
  version: '1.0.0',
  description: 'Echoes.',
  runtime: 'python',
  entry: 'echo.main:app',
});

const source = {
  'skill.json': JSON.stringify(manifest),
  'requirements.txt': 'uvicorn==0.54.0\n',
  'echo/main.py': 'app = None\n',
  'echo/words/colours.json': '["red"]',
  '.gitignore': 'secret.txt\ndist\n',
};

/** Files that are often left in a folder that someone works in. */
const clutter = {
  'secret.txt': 'of this machine',
  '.env': 'TOKEN=1',
  '.venv/bin/python': '',
  'echo/__pycache__/main.cpython-311.pyc': '',
  'dist/image/index.json': '{}',
  'README.md': 'Echoes.',
  'tests/test_more.py': '',
  'echo/test_main.py': '',
  'conftest.py': '',
};

async function writeSkill(files: Record<string, string>, below = ''): Promise<string> {
  const root = join(await tempDirectory(), below);
  await mkdir(root, { recursive: true });
  await execa('git', ['init', '-q'], { cwd: root });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

it('has the same digest for the same source in any folder, and another for another source', async () => {
  const [here, deeper, changed, needsMore] = await Promise.all([
    writeSkill(source),
    writeSkill({ ...source, ...clutter }, 'some/deeper/checkout'),
    writeSkill({ ...source, 'echo/words/colours.json': '["green"]' }),
    writeSkill({ ...source, 'requirements.txt': 'uvicorn==0.54.0\nfastapi\n' }),
  ]);
  const { digest } = await buildArtefact(here, manifest);
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect((await buildArtefact(deeper, manifest)).digest).toBe(digest);
  expect(await artefactDigest(deeper, manifest)).toBe(digest);
  expect(await artefactDigest(changed, manifest)).not.toBe(digest);
  expect(await artefactDigest(needsMore, manifest)).not.toBe(digest);
});

it('leaves the shipped files in dist/bundle', async () => {
  const root = await writeSkill({ ...source, ...clutter });
  await buildArtefact(root, manifest);
  const { stdout } = await execa('find', ['.', '-type', 'f'], { cwd: join(root, 'dist/bundle') });
  expect(stdout.split('\n').sort()).toEqual([
    './echo/main.py',
    './echo/words/colours.json',
    './requirements.txt',
    './skill.json',
  ]);
  expect(await readFile(join(root, 'dist/bundle/echo/main.py'), 'utf8')).toBe(source['echo/main.py']);
});

it('builds the existing files, also after an uncommitted deletion', async () => {
  const root = await writeSkill({ ...source, 'echo/old.py': '' });
  await execa('git', ['add', '-A'], { cwd: root });
  await rm(join(root, 'echo/old.py'));
  expect(await artefactDigest(root, manifest)).toBe(await artefactDigest(await writeSkill(source), manifest));
});

it('says what is missing, and what to do', async () => {
  const { 'requirements.txt': _, ...nothingNeeded } = source;
  const { 'echo/main.py': __, ...noEntry } = source;
  await expect(artefactDigest(await writeSkill(nothingNeeded), manifest)).rejects.toThrow(
    /has no requirements\.txt, which must name the packages that are needed, including the server, such as uvicorn\. Add it, or stop git from ignoring it\./,
  );
  await expect(artefactDigest(await writeSkill(noEntry), manifest)).rejects.toThrow(
    /has no echo\/main\.py or echo\/main\/__init__\.py, of the entry "echo\.main:app"/,
  );
  await expect(artefactDigest(await tempDirectory(), manifest)).rejects.toThrow('git init');
});

it('ships no target of a symbolic link', async () => {
  const root = await writeSkill(source);
  const outside = join(await tempDirectory(), 'key');
  await writeFile(outside, 'private');
  await symlink(outside, join(root, 'echo/key'));
  await expect(artefactDigest(root, manifest)).rejects.toThrow(/echo\/key is not a regular file/);
});

it('refuses files that are too large, and names the largest', async () => {
  const root = await writeSkill(source);
  // Without content on the disk.
  await writeFile(join(root, 'echo/model.bin'), '');
  await truncate(join(root, 'echo/model.bin'), 600 * 2 ** 20);
  await expect(artefactDigest(root, manifest)).rejects.toThrow(
    /echo\/model\.bin has 629\.1 MB.*at most 536\.9 MB/,
  );
});

describe('what git ignores is not shipped, and is named', () => {
  const ignored = '.gitignore';
  const code =
    'import json\nwords = json.load(open("data/words.json"))\nfrom .schema import Schema\napp = None\n';

  it.each([
    [
      'a folder, with the line that reads it',
      'data/words.json',
      { path: 'data/', namedAt: 'echo/main.py:2' },
    ],
    ['a generated module', 'echo/schema.py', { path: 'echo/schema.py', namedAt: 'echo/main.py:3' }],
    ['a file that no line names', 'model.bin', { path: 'model.bin' }],
  ])('%s', async (_, path, found) => {
    const root = await writeSkill({ ...source, 'echo/main.py': code, [ignored]: `${path}\n`, [path]: '1' });
    const { sources } = await buildArtefact(root, manifest);
    expect(await findLeftBehind(root, sources)).toEqual([found]);
  });

  it('a file of variables only if the code reads one', async () => {
    const files = { ...source, [ignored]: '.env\n', '.env': 'A=1' };
    const [silent, reading] = await Promise.all([
      writeSkill(files),
      writeSkill({ ...files, 'echo/main.py': 'from dotenv import load_dotenv\napp = None\n' }),
    ]);
    expect(await findLeftBehind(silent, (await buildArtefact(silent, manifest)).sources)).toEqual([]);
    expect(await findLeftBehind(reading, (await buildArtefact(reading, manifest)).sources)).toEqual([
      { path: '.env', namedAt: 'echo/main.py:1' },
    ]);
  });

  it('but nothing that no service reads, and nothing that is an asset', async () => {
    const root = await writeSkill({
      ...source,
      [ignored]: 'data\n__pycache__\n.venv\ndist\nvenv\n*.log\n',
      'data/words.json': '1',
      'echo/__pycache__/main.pyc': '',
      '.venv/bin/python': '',
      'venv/bin/python': '',
      'run.log': '',
    });
    const { sources } = await buildArtefact(root, { ...manifest, assets: ['data'] });
    expect(await findLeftBehind(root, sources)).toEqual([]);
  });
});
