import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { pythonRecipe } from './python-recipe.js';
import { isThere, service, TestRepository, TestSources } from './repository.test.helper.js';

const run = promisify(execFile);

const wanted = 'iniconfig==2.0.0';

/** Debian's python3 comes without the means to make a virtual environment. */
const hasVenv = await isThere('python3', '-c', 'import venv, ensurepip');

const hasIndex =
  hasVenv && (await isThere('python3', '-m', 'pip', 'install', '--dry-run', '--ignore-installed', wanted));

/** A package of the repository that needs nothing but the build tools, so that an install needs no network. */
const localPackage = {
  'requirements.txt': './greeting\n',
  'greeting/pyproject.toml': `
[project]
name = "greeting"
version = "1.0"
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
`,
  'greeting/greeting.py': 'TEXT = "hello"\ndef main(): print("run", TEXT)\n',
  // The least that PEP 517 asks for: setuptools would have to be downloaded.
  'greeting/backend.py': `
import zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = "greeting-1.0-py3-none-any.whl"
    info = "greeting-1.0.dist-info/"
    with zipfile.ZipFile(directory + "/" + name, "w") as wheel:
        wheel.write("greeting.py")
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: greeting\\nVersion: 1.0\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "entry_points.txt", "[console_scripts]\\ngreet = greeting:main\\n")
        wheel.writestr(info + "RECORD", "")
    return name
`,
  'main.py': 'import greeting, sys\nprint("main", greeting.TEXT, sys.prefix)\n',
};

const app = service({ run_command: 'python main.py && greet' });

/** What the unpacked build prints, run as the platform runs a run_command. */
async function outputOf(tested: TestSources, build: { key: string; reused: boolean }): Promise<string> {
  const { folder, env, path, workingDir } = await tested.unpack(build);
  const { stdout } = await run('/bin/sh', ['-c', app.run_command ?? ''], {
    cwd: join(folder, workingDir),
    env: { PATH: [...path, process.env['PATH']].join(delimiter), ...env },
  });
  return stdout;
}

if (process.env['NIGHTLY']) {
  it.skipIf(!hasVenv)(
    'installs requirements.txt into an environment that copies share (needs python3-venv)',
    async () => {
      const tested = await TestSources.of(await TestRepository.create(localPackage));
      const build = await tested.build(app);
      const printed = await tested.printed();
      expect(printed).toMatch(/\$ python3 -m venv .*\n/);
      expect(printed).toMatch(/dependencies installed by python \(Python 3\.\d+/);
      for (const output of [await outputOf(tested, build), await outputOf(tested, build)]) {
        expect(output).toContain(`main hello ${join(tested.layout.buildCache, 'dependencies')}`);
        expect(output).toContain('run hello');
      }
    },
    90_000,
  );

  it.skipIf(!hasIndex)(
    'installs from the index that the person has configured, once for the same requirements (needs python3-venv and a package index)',
    async () => {
      const repository = await TestRepository.create({
        'requirements.txt': `${wanted}\n`,
        'main.py': 'import iniconfig; print("imported", iniconfig.__name__)',
      });
      const tested = await TestSources.of(repository);
      const component = service({ run_command: 'python main.py' });
      await tested.build(component);
      await repository.push({ 'main.py': 'import iniconfig; print("imported again")' });
      await tested.printed();
      const { folder, path } = await tested.unpack(await tested.build(component));
      expect(await tested.printed()).toContain('dependencies from the cache');
      const { stdout } = await run(join(path[0] ?? '', 'python'), ['main.py'], { cwd: folder });
      expect(stdout).toBe('imported again\n');
    },
    90_000,
  );
}

describe('the cache key of an environment', () => {
  const inputs = async (files: Record<string, string>, commit = 'c1') => {
    const { clone } = await TestRepository.create(files);
    return (await pythonRecipe(clone, app, commit)).installs[0]?.inputs;
  };

  it('is requirements.txt and all files that it includes', async () => {
    expect(
      await inputs({
        'requirements.txt': '-r common/base.txt\n-c limits.txt\nflask # https://flask.test/\n',
        'common/base.txt': '--requirement more.txt\n',
        'common/more.txt': 'click\n',
        'limits.txt': 'flask<4\n',
      }),
    ).toEqual({
      'requirements.txt': expect.stringContaining('flask'),
      'common/base.txt': '--requirement more.txt\n',
      'common/more.txt': 'click\n',
      'limits.txt': 'flask<4\n',
      commit: '',
    });
  });

  it.each(['./greeting', '.', 'greeting @ file:///srv/greeting', 'wheels/a.whl', 'greeting[all] @ file:./x'])(
    'is the commit too where the repository itself is installed: %s',
    async (line) =>
      expect(await inputs({ 'requirements.txt': `flask\n${line}\n` })).toMatchObject({ commit: 'c1' }),
  );
});

it('says what a Python project lacks', async () => {
  const repository = await TestRepository.create({ Pipfile: '' });
  const tested = await TestSources.of(repository);
  const python = service({ environment_slug: 'python' });
  await expect(tested.build(python)).rejects.toThrow(
    '"web" cannot be built as python: its source_dir has no requirements.txt, Pipfile.lock',
  );
  await repository.push({ 'requirements.txt': '-e .\n' });
  await expect(tested.build(python)).rejects.toThrow('"-e ." in requirements.txt points to a folder');
});
