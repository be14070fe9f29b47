import type { App, Deployment, Service } from '@odoobo/app-platform/spec';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { hostPath } from '../process/host-path.js';
import { commandOf } from '../running/component-spec.js';
import { eventually, type TestPlatform, testPlatform } from '../testing/platform.test.helper.js';
import { mapRepository } from './repositories.js';
import { isThere, service, TestRepository, TestSources } from './repository.test.helper.js';

const run = promisify(execFile);
const hasNpm = await isThere('npm', 'view', 'ms@2.1.3', 'version');
const hasCorepack = hasNpm && (await isThere('corepack', '--version'));
// Corepack does not read the configuration of npm, and a mirror of its registry may lack signatures.
const { stdout: registry } = await run('npm', ['config', 'get', 'registry'], { cwd: tmpdir() });
process.env['COREPACK_NPM_REGISTRY'] ??= registry.trim().replace(/\/$/, '');
process.env['COREPACK_INTEGRITY_KEYS'] ??= '0';
const hasIndex = await isThere('python3', '-m', 'pip', 'download', '--no-deps', '-d', '/tmp', 'six==1.17.0');
const hasBun = hasNpm && (await isThere('bun', '--version'));
const hasPhp = await isThere('php', '--version');
const hasComposer = hasPhp && (await isThere('composer', '--version'));
const hasRuby = await isThere('bundle', '--version');
const hasHugo = await isThere('hugo', 'version');
const hasGo = await isThere('go', 'version');

const json = (value: unknown) => JSON.stringify(value);

/** Builds a repository, and starts it as its Procfile, its scripts or its kind say. @returns what it prints */
async function startedFrom(repository: TestRepository, component: Service = service()): Promise<string> {
  const tested = await TestSources.of(repository);
  const build = await tested.unpack(await tested.build(component));
  const { folder, path, workingDir } = build;
  const [program = '', ...args] = commandOf(component, build);
  const { stdout } = await run(program, args, {
    cwd: join(folder, workingDir),
    env: { PATH: [...path, hostPath()].join(delimiter) },
  });
  return stdout.trim().split('\n').at(-1) ?? '';
}

/** Deploys a repository as an app does. @returns what its URL answers */
async function servedFrom(files: Record<string, string> | TestRepository): Promise<string> {
  const repository = files instanceof TestRepository ? files : await TestRepository.create(files);
  const test = await testPlatform();
  await mapRepository(test.directory, 'owner/name', repository.origin);
  const { id } = await test.create({ name: 'app', services: [service()] });
  const app = await eventually(() => test.settled(id).catch(() => undefined), 120_000);
  if (!app.active_deployment) throw new Error(await logsOf(test, id));
  return answerOf(app);
}

async function logsOf(test: TestPlatform, app: string): Promise<string> {
  const path = `/v2/apps/${app}/deployments`;
  const { deployments } = (await test.call<{ deployments: Deployment[] }>('GET', path)).body;
  const types = ['BUILD', 'DEPLOY', 'RUN'];
  const logs = await Promise.all(types.map((type) => test.log(app, type, deployments[0]?.id).catch(String)));
  return logs.join('\n');
}

async function answerOf({ live_url: url = '' }: App): Promise<string> {
  return (await (await fetch(`${url}/page?name=you`)).text()).trim();
}

describe.skipIf(!hasPhp)('PHP (needs php)', () => {
  const page = '<?php echo $greeting ?? "hello", " ", $_GET["name"];';

  it('serves the folder itself', async () => {
    expect(await servedFrom({ 'index.php': page })).toBe('hello you');
  }, 180_000);

  it.skipIf(!hasComposer)(
    'installs by composer, and serves the folder of the Procfile (needs composer)',
    async () => {
      const files = {
        'composer.json': json({ autoload: { files: ['greeting.php'] } }),
        'greeting.php': '<?php $GLOBALS["greeting"] = "composed";',
        'public/index.php': `<?php require __DIR__ . "/../vendor/autoload.php"; ?>${page}`,
        Procfile: 'web: heroku-php-nginx -C nginx.conf public/\n',
      };
      expect(await servedFrom(files)).toBe('composed you');
    },
    180_000,
  );
});

describe.skipIf(!hasRuby)('Ruby (needs bundler)', () => {
  const rackup = `
    require 'rack_of_the_test'
    require 'socket'
    run = eval(File.read('config.ru'))
    server = TCPServer.new(ARGV[ARGV.index('-o') + 1], ARGV[ARGV.index('-p') + 1].to_i)
    loop do
      client = server.accept
      lines = []
      while (line = client.gets) && !line.strip.empty? do lines << line end
      # A health check connects, and says nothing.
      client.print "HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\n#{run.call}" if lines.any?
      client.close
    end
  `;
  const files = {
    Gemfile: `gem 'rackup', path: 'rackup'\n`,
    'rackup/rackup.gemspec': `Gem::Specification.new { |s| s.name = 'rackup'; s.version = '1.0'; s.summary = 'x'; s.author = 'x'; s.bindir = 'exe'; s.executables = ['rackup']; s.files = Dir['lib/*', 'exe/*'] }`,
    'rackup/lib/rack_of_the_test.rb': `GREETING = 'hello from rack'`,
    'rackup/exe/rackup': rackup,
    'config.ru': `-> { GREETING + ' in ' + ENV['RACK_ENV'] }`,
  };

  it('installs by bundler, and starts config.ru', async () => {
    const repository = await TestRepository.create(files);
    await run('bundle', ['lock'], { cwd: repository.clone });
    await repository.push({});
    expect(await servedFrom(repository)).toBe('hello from rack in production');
  }, 180_000);
});

describe.skipIf(!hasBun)('Bun (needs bun and npm)', () => {
  it('installs by bun.lock, and runs the script start', async () => {
    const files = {
      'package.json': json({ name: 'app', dependencies: { ms: '2.1.3' }, scripts: { start: 'bun main.ts' } }),
      'bun.lock': `{
  "lockfileVersion": 1,
  "workspaces": { "": { "name": "app", "dependencies": { "ms": "2.1.3" } } },
  "packages": {
    "ms": ["ms@2.1.3", "", {}, "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA=="]
  }
}
`,
      'main.ts': `import ms from 'ms';
        const answer: string = 'bun ' + ms('1 day');
        Bun.serve({ port: process.env.PORT, hostname: process.env.HOST, fetch: () => new Response(answer) });`,
    };
    expect(await servedFrom(files)).toBe('bun 86400000');
  }, 180_000);
});

describe.skipIf(!hasHugo)('Hugo (needs hugo)', () => {
  it('makes a static site', async () => {
    const repository = await TestRepository.create({
      'config.toml': 'title = "Shop"\n',
      'layouts/index.html': '<h1>{{ .Site.Title }} by hugo</h1>\n',
    });
    const test = await testPlatform();
    await mapRepository(test.directory, 'owner/name', repository.origin);
    const site = { ...service(), environment_slug: 'hugo' };
    const app = await test.deploy({ name: 'app', static_sites: [site] });
    expect(await (await fetch(app.live_url ?? '')).text()).toContain('Shop by hugo');
  }, 60_000);
});

describe('a Procfile', () => {
  const files = {
    'package.json': '{}',
    'said.js': 'console.log(process.argv[2])',
    Procfile: 'web: node said.js web\r\nurgent-worker: node said.js urgent\n',
  };

  it.each([
    ['its line web', undefined, 'web'],
    ['a process by its name', 'urgent-worker', 'urgent'],
    ['a line of its own', 'node said.js own', 'own'],
  ])(
    'starts %s',
    async (_, line, said) => {
      const repository = await TestRepository.create(files);
      expect(await startedFrom(repository, service(line === undefined ? {} : { run_command: line }))).toBe(
        said,
      );
    },
    60_000,
  );
});

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

it.skipIf(!hasCorepack)(
  'a package of a pnpm workspace runs with another one of it (needs npm and corepack)',
  async () => {
    const repository = await TestRepository.create({
      'package.json': json({
        name: 'root',
        private: true,
        packageManager: 'pnpm@9.15.9',
        scripts: { start: 'node apps/web/main.js' },
      }),
      'pnpm-workspace.yaml': 'packages: [apps/*, libs/*]\n',
      'apps/web/package.json': json({ name: 'web', dependencies: { greeting: 'workspace:*' } }),
      'apps/web/main.js': `console.log(require('greeting'))`,
      'libs/greeting/package.json': json({
        name: 'greeting',
        version: '1.0.0',
        dependencies: { ms: '2.1.3' },
      }),
      'libs/greeting/index.js': `module.exports = 'hello in ' + require('ms')('1 day')`,
      '.gitignore': 'node_modules\n',
    });
    await run('corepack', ['pnpm', 'install'], { cwd: repository.clone });
    await repository.push({});
    expect(await startedFrom(repository)).toBe('hello in 86400000');
  },
  180_000,
);

it('a monorepo of four components in several languages is one app', async () => {
  const repository = await TestRepository.create({
    'web/package.json': json({ scripts: { start: 'node main.js' } }),
    'web/main.js': `require('http').createServer(async (_, response) => {
      response.end('web and ' + (await (await fetch(process.env.API)).text()));
    }).listen(process.env.PORT, process.env.HOST)`,
    'api/requirements.txt': '',
    'api/main.py': `import os
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"api")
HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()`,
    'api/Procfile': 'web: python main.py\n',
    'docs/index.html': 'the docs',
    'migrate/package.json': json({ scripts: { start: 'echo migrated' } }),
  });
  const test = await testPlatform();
  await mapRepository(test.directory, 'owner/name', repository.origin);
  const from = (name: string) => ({ ...service(), name, source_dir: name });
  const { id } = await test.create({
    name: 'shop',
    ingress: {
      rules: [
        { match: { path: { prefix: '/docs' } }, component: { name: 'docs' } },
        { match: { path: { prefix: '/' } }, component: { name: 'web' } },
      ],
    },
    services: [{ ...from('web'), envs: [{ key: 'API', value: 'http://api:8080' }] }, from('api')],
    static_sites: [from('docs')],
    jobs: [{ ...from('migrate'), kind: 'PRE_DEPLOY' }],
  });
  const app = await eventually(() => test.settled(id).catch(() => undefined), 120_000);
  if (!app.active_deployment) throw new Error(await logsOf(test, id));
  expect(await (await fetch(`${app.live_url}/docs/`)).text()).toBe('the docs');
  expect(await answerOf(app)).toBe('web and api');
  expect(await test.log(id, 'RUN')).toContain('migrated');
}, 180_000);

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

  it('runs the scripts of Node before it, where there is a package.json too', async () => {
    const repository = await TestRepository.create({
      'package.json': json({ scripts: { build: 'echo styles > styles.txt' } }),
      'requirements.txt': '',
      'main.py': 'print(open("styles.txt").read())',
      Procfile: 'web: python main.py\n',
    });
    expect(await startedFrom(repository)).toBe('styles');
  }, 120_000);

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
