import { execa } from 'execa';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { skillManifestSchema } from '../manifest/manifest.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { artefactDigest, buildArtefact } from './build-artefact.js';

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
