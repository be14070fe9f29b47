import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { imageStoreOf } from '../images/image-store.js';
import { writeLayout } from '../images/layout.test.helper.js';
import { temporaryFolder } from '../testing/platform.test.helper.js';
import { isThere, TestSources } from './repository.test.helper.js';
import type { Build } from './source.js';

const run = promisify(execFile);

/** Debian's python3 comes without the means to make a virtual environment. */
const hasVenv = await isThere('python3', '-c', 'import venv, ensurepip');

/** A platform's sources, and builds of images that it has imported. */
class TestImages {
  private constructor(readonly tested: TestSources) {}

  static async create(): Promise<TestImages> {
    return new TestImages(new TestSources(await temporaryFolder()));
  }

  async build(files: Record<string, string>, command: string[], env = {}): Promise<Build> {
    const layer = Object.entries(files).map(([name, content]) => ({ name: `app/${name}`, content }));
    const layout = await writeLayout({
      layers: [layer],
      config: { Entrypoint: command, WorkingDir: '/app' },
    });
    const digest = await imageStoreOf(this.tested.folder).import(layout.folder);
    const image = { registry_type: 'DOCR' as const, repository: 'echo', digest };
    return this.tested.build({ name: 'web', image }, { env });
  }

  /** What an unpacked build prints, run as the platform runs it. */
  async outputOf(build: Build): Promise<string> {
    const { folder, path, entrypoint, workingDir } = await this.tested.unpack(build);
    const [program = '', ...args] = entrypoint;
    const env = { PATH: [...path, process.env['PATH']].join(delimiter) };
    return (await run(program, args, { cwd: join(folder, workingDir), env })).stdout;
  }
}

const printsWhere = 'import sys; print(sys.prefix)';

if (process.env['NIGHTLY']) {
  it.skipIf(!hasVenv)(
    'makes an environment for what an image names, once for all images that name the same (needs python3-venv)',
    async () => {
      const images = await TestImages.create();
      const { tested } = images;
      const needs = { 'requirements.txt': '# nothing but Python itself\n' };
      const first = await images.build({ ...needs, 'main.py': printsWhere }, ['python', 'main.py']);
      expect(await tested.printed()).toMatch(/\$ python3 -m venv .*\n[^]*dependencies installed by python/);

      // Every build gets its digest, which must not make another environment.
      const other = { ...needs, 'main.py': `${printsWhere}; print("two")` };
      const second = await images.build(other, ['python', 'main.py'], { SKILL_DIGEST: 'sha256:2' });
      expect(await tested.printed()).toMatch(/dependencies from the cache/);

      // The test does not wait the week for which unused ones are kept; it only shows that needed ones stay.
      await tested.sources.prune(new Set([first.key, second.key]));
      const environments = join(tested.layout.buildCache, 'dependencies');
      expect(await images.outputOf(first)).toContain(environments);
      expect(await images.outputOf(second)).toBe(`${(await images.outputOf(first)).trim()}\ntwo\n`);

      await rm(environments, { recursive: true });
      await expect(tested.unpack(first)).rejects.toThrow('Deploy again to reinstall it.');
    },
    90_000,
  );

  it.skipIf(!hasVenv)(
    'says what to do when pip cannot install, and leaves nothing incomplete (needs python3-venv)',
    async () => {
      const images = await TestImages.create();
      const files = { 'requirements.txt': 'no-such-thing==1\n', 'main.py': '' };
      await expect(images.build(files, ['python', 'main.py'], { PIP_NO_INDEX: '1' })).rejects.toThrow(
        /^"web" was not built: "python -I -m pip install --requirement requirements\.txt" exited with code 1\..*PIP_INDEX_URL/,
      );
      expect(await images.tested.printed()).toContain('No matching distribution found for no-such-thing==1');
      const { stdout } = await run('find', [images.tested.layout.buildCache, '-name', 'pyvenv.cfg']);
      expect(stdout).toBe('');
    },
    90_000,
  );
}

it('makes none for another kind of image, nor for one without requirements', async () => {
  const images = await TestImages.create();
  const ofNode = await images.build({ 'requirements.txt': 'x', 'main.js': '' }, ['node', 'main.js']);
  const bare = await images.build({ 'main.py': '' }, ['python', 'main.py']);
  for (const build of [ofNode, bare]) expect((await images.tested.unpack(build)).path).toEqual([]);
  expect(await images.tested.printed()).not.toContain('venv');
});
