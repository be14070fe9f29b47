import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { hostPath } from '../process/host-path.js';
import { isThere, service, TestRepository, TestSources } from './repository.test.helper.js';
import type { SourceComponent } from './source.js';

const run = promisify(execFile);
const hasNpm = await isThere('npm', 'view', 'ms@2.1.3', 'version');
const hasCorepack = hasNpm && (await isThere('corepack', '--version'));
// Corepack does not read the configuration of npm, and a mirror of its registry may lack signatures.
const { stdout: registry } = await run('npm', ['config', 'get', 'registry'], { cwd: tmpdir() });
process.env['COREPACK_NPM_REGISTRY'] ??= registry.trim().replace(/\/$/, '');
process.env['COREPACK_INTEGRITY_KEYS'] ??= '0';
const hasIndex = await isThere('python3', '-m', 'pip', 'download', '--no-deps', '-d', '/tmp', 'six==1.17.0');
const hasGo = await isThere('go', 'version');

const json = (value: unknown) => JSON.stringify(value);

/** Builds a repository, and starts it as its Procfile, its scripts or its kind say. @returns what it prints */
async function startedFrom(
  repository: TestRepository,
  component: SourceComponent = service(),
): Promise<string> {
  const tested = await TestSources.of(repository);
  const { folder, cmd, path, workingDir } = await tested.unpack(await tested.build(component));
  const line = 'run_command' in component ? component.run_command : undefined;
  const [program = '', ...args] = line === undefined ? cmd : ['/bin/sh', '-c', line];
  const { stdout } = await run(program, args, {
    cwd: join(folder, workingDir),
    env: { PATH: [...path, hostPath()].join(delimiter) },
  });
  return stdout.trim().split('\n').at(-1) ?? '';
}

describe.skipIf(!hasGo)('Go (needs go)', () => {
  const module = 'module example.com/team/hello/v2\n\ngo 1.19\n';
  const main = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello from go") }\n';

  it.each([
    ['the program of the module', 'main.go', undefined],
    ['the only one below cmd', 'cmd/server/main.go', undefined],
    ['the one of run_command', 'cmd/server/main.go', 'bin/server'],
  ])(
    'starts %s',
    async (_, file, line) => {
      const repository = await TestRepository.create({ 'go.mod': module, [file]: main });
      const component = service(line === undefined ? {} : { run_command: line });
      expect(await startedFrom(repository, component)).toBe('hello from go');
    },
    120_000,
  );
});

describe('Node', () => {
  it('starts server.js without a start script, after heroku-postbuild in place of build', async () => {
    const repository = await TestRepository.create({
      'package.json': json({
        scripts: { 'heroku-postbuild': 'echo post > built.txt', build: 'echo build > built.txt' },
      }),
      'server.js': `console.log(require('fs').readFileSync('built.txt', 'utf8'))`,
    });
    expect(await startedFrom(repository)).toBe('post');
  }, 120_000);

  it.skipIf(!hasCorepack).each([
    ['Yarn 1, whatever engines says', 'yarn@1.22.22', { engines: { node: '4' } }],
    ['Yarn 4', 'yarn@4.7.0', {}],
    ['pnpm', 'pnpm@9.15.9', {}],
  ])(
    'installs with %s by corepack (needs npm and corepack)',
    async (_, packageManager, more) => {
      const manifest = {
        name: 'app',
        packageManager,
        dependencies: { ms: '2.1.3' },
        scripts: { start: 'node main.js' },
      };
      const repository = await TestRepository.create({
        'package.json': json(manifest),
        'main.js': `console.log(require('ms')('1 day'))`,
        '.gitignore': 'node_modules\n.pnp*\n.yarn\n',
      });
      const [name = ''] = packageManager.split('@');
      const env = { ...process.env, COREPACK_ENABLE_DOWNLOAD_PROMPT: '0', YARN_NODE_LINKER: 'node-modules' };
      await run('corepack', [name, 'install'], { cwd: repository.clone, env });
      await repository.push({ 'package.json': json({ ...manifest, ...more }) });
      expect(await startedFrom(repository)).toBe('86400000');
    },
    180_000,
  );
});

describe.skipIf(!hasIndex)('Python (needs pip and an index)', () => {
  const pyproject = `[project]
name = "app"
version = "0.1.0"
requires-python = ">=3.9"
dependencies = ["six==1.17.0"]
`;
  const setup = `[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[tool.setuptools]
py-modules = []
`;
  const poetry = `[[package]]
name = "six"
version = "1.17.0"
description = ""
optional = false
python-versions = ">=2.7"
groups = ["main"]
files = []

[metadata]
lock-version = "2.1"
python-versions = ">=3.9"
content-hash = "2ad46027d8c8c24ce5715f1d3f74370cabd9bd28ebaa8b8cadfb93e6d2e8e7e6"
`;
  const uv = `version = 1
requires-python = ">=3.9"

[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "six" }]

[package.metadata]
requires-dist = [{ name = "six", specifier = "==1.17.0" }]

[[package]]
name = "six"
version = "1.17.0"
source = { registry = "https://example.com/simple" }
`;
  const pipfile = json({
    _meta: { hash: { sha256: '' }, 'pipfile-spec': 6, requires: {}, sources: [] },
    default: { six: { version: '==1.17.0' } },
    develop: {},
  });

  it('collects the static files of Django, by the command that settings of projects look for', async () => {
    const repository = await TestRepository.create({
      'requirements.txt': '',
      'django/__init__.py': '',
      'manage.py': 'import sys\nopen("collected.txt", "w").write(" ".join(sys.argv[1:]))',
      'main.py': 'print(open("collected.txt").read())',
      Procfile: 'web: python main.py\n',
    });
    expect(await startedFrom(repository)).toBe('collectstatic --noinput');
  }, 120_000);

  it.each([
    ['uv.lock', { 'pyproject.toml': pyproject, 'uv.lock': uv }],
    ['poetry.lock', { 'pyproject.toml': pyproject, 'poetry.lock': poetry }],
    ['Pipfile.lock', { Pipfile: '', 'Pipfile.lock': pipfile }],
    ['pyproject.toml alone', { 'pyproject.toml': `${setup}${pyproject}` }],
  ])(
    'installs what %s names',
    async (_, files: Record<string, string>) => {
      const repository = await TestRepository.create({
        ...files,
        'main.py': 'import six; print("six", six.__version__)',
        Procfile: 'web: python main.py\n',
      });
      expect(await startedFrom(repository)).toBe('six 1.17.0');
    },
    240_000,
  );
});
