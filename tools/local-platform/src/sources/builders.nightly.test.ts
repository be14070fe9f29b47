import type { Service } from '@odoobo/app-platform/spec';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { hostPath } from '../process/host-path.js';
import { commandOf } from '../running/component-spec.js';
import { temporaryFolder } from '../testing/platform.test.helper.js';
import { isThere, service, TestRepository, TestSources, useRegistryOfNpm } from './repository.test.helper.js';

const run = promisify(execFile);
const hasIndex = await isThere('python3', '-m', 'pip', 'download', '--no-deps', '-d', '/tmp', 'six==1.17.0');
const hasCorepack = (await useRegistryOfNpm()) && (await isThere('corepack', '--version'));
const hasHeaders =
  existsSync(join(process.execPath, '../../include/node/node.h')) &&
  (await isThere('c++', '--version')) &&
  (await isThere('make', '--version'));
const hasGo = await isThere('go', 'version');
const hasRuby = await isThere('bundle', '--version');
const hasComposer = await isThere('composer', '--version');

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
    ['the one of run_command, by its name', 'cmd/server/main.go', 'server'],
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

it.skipIf(!hasRuby)(
  'Ruby starts a program of a gem by its name (needs bundler)',
  async () => {
    const gem = 'vendor/greeter';
    const repository = await TestRepository.create({
      Gemfile: `gem 'greeter', path: '${gem}'\n`,
      [`${gem}/greeter.gemspec`]:
        "Gem::Specification.new('greeter', '1.0.0') { |s| s.summary = 'x'; s.authors = ['x']; s.files = []; s.executables = ['greet'] }",
      [`${gem}/bin/greet`]: 'puts "hello from #{ARGV.first}"',
    });
    const component = { ...service({ run_command: 'cd / && greet ruby' }), environment_slug: 'ruby' };
    expect(await startedFrom(repository, component)).toBe('hello from ruby');
  },
  60_000,
);

it.skipIf(!hasComposer)(
  'PHP starts a program that composer installed by its name (needs composer)',
  async () => {
    const repository = await TestRepository.create({
      'composer.json': json({
        repositories: [{ type: 'path', url: 'greeter' }, { packagist: false }],
        require: { 'acme/greeter': '*@dev' },
      }),
      'greeter/composer.json': json({ name: 'acme/greeter', version: '1.0.0', bin: ['greet'] }),
      'greeter/greet': '#!/usr/bin/env php\n<?php echo "hello from $argv[1]\\n";',
    });
    expect(await startedFrom(repository, service({ run_command: 'greet php' }))).toBe('hello from php');
  },
  60_000,
);

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
});

it.skipIf(!hasCorepack)(
  'two components that Yarn 1 installs at once do not break the cache that they share (needs npm and corepack)',
  async () => {
    const manifest = { packageManager: 'yarn@1.22.22', dependencies: { typescript: '5.7.2' } };
    const lock = `# yarn lockfile v1\n\n\ntypescript@5.7.2:\n  version "5.7.2"\n`;
    const folders = ['one', 'two', 'three'];
    const repository = await TestRepository.create(
      Object.fromEntries(
        folders.flatMap((name) => [
          [`${name}/package.json`, json({ name, ...manifest })],
          [`${name}/yarn.lock`, lock],
        ]),
      ),
    );
    const tested = await TestSources.of(repository);
    const env = { YARN_CACHE_FOLDER: await temporaryFolder() };
    const builds = folders.map((name) =>
      tested.build({ ...service({ run_command: 'node' }), name, source_dir: name }, { env }),
    );
    const unpacked = await Promise.all((await Promise.all(builds)).map((build) => tested.unpack(build)));
    for (const { folder, workingDir } of unpacked)
      expect(existsSync(join(folder, workingDir, 'node_modules/typescript/bin/tsc'))).toBe(true);
  },
  240_000,
);

it.skipIf(!hasHeaders)(
  'Node compiles a package in C++ with the headers that are here (needs npm, c++, make and the headers of Node)',
  async () => {
    const binding = { targets: [{ target_name: 'greeting', sources: ['greeting.cc'] }] };
    const repository = await TestRepository.create({
      'package.json': json({ name: 'app', version: '1.0.0', scripts: { start: 'node main.js' } }),
      'binding.gyp': json(binding),
      'greeting.cc': `#include <node_api.h>
        napi_value init(napi_env env, napi_value) {
          napi_value text;
          napi_create_string_utf8(env, "hello from C++", NAPI_AUTO_LENGTH, &text);
          return text;
        }
        NAPI_MODULE(greeting, init)`,
      'main.js': `console.log(require('./build/Release/greeting.node'))`,
    });
    const tested = await TestSources.of(repository);
    // Where the headers would be downloaded from.
    const env = { npm_config_disturl: 'http://127.0.0.1:9' };
    const { folder } = await tested.unpack(await tested.build(service(), { env }));
    const { stdout } = await run('node', ['main.js'], { cwd: folder });
    expect(stdout).toBe('hello from C++\n');
  },
  240_000,
);

describe.skipIf(!hasIndex)('Python (needs pip and an index)', () => {
  const pyproject = `[project]
name = "app"
version = "0.1.0"
dependencies = ["six==1.17.0"]
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[tool.setuptools]
py-modules = []
`;

  it('runs the scripts of Node before it, where there is a package.json too', async () => {
    const repository = await TestRepository.create({
      'package.json': json({ scripts: { build: 'echo styles > styles.txt' } }),
      'requirements.txt': '',
      'main.py': 'print(open("styles.txt").read())',
      Procfile: 'web: python main.py\n',
    });
    expect(await startedFrom(repository)).toBe('styles');
  }, 120_000);

  it('installs what pyproject.toml alone names', async () => {
    const repository = await TestRepository.create({
      'pyproject.toml': pyproject,
      'main.py': 'import six; print("six", six.__version__)',
      Procfile: 'web: python main.py\n',
    });
    expect(await startedFrom(repository)).toBe('six 1.17.0');
  }, 240_000);
});
