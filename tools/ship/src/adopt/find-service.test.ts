import { expect, it } from 'vitest';
import { findService, type Said } from './find-service.js';

interface Project {
  root?: string;
  files: Record<string, string>;
  targets?: string[];
  outputs?: string[];
  said?: Said;
}

/** What is found in a project with these files. */
function find({ root = 'apps/shop', files, targets = [], outputs = [], said = {} }: Project) {
  const read = (path: string) => files[path];
  const project = {
    name: 'shop',
    root,
    files: { paths: Object.keys(files), read },
    targets,
    outputs,
  };
  return findService(project, said);
}

const packageJson = (json: object) => ({ 'package.json': JSON.stringify(json) });

it.each([
  [
    'Express, as its generator makes it',
    {
      files: {
        ...packageJson({
          scripts: { start: 'cross-env NODE_ENV=production node ./bin/www' },
          dependencies: { express: '4' },
        }),
        'bin/www': '#!/usr/bin/env node',
        'app.js': '',
        'public/index.html': '',
      },
    },
    { runtime: 'node', entry: 'bin/www', assets: ['public'], healthPath: '/' },
  ],
  [
    'a server that is developed with a bundler',
    {
      files: {
        ...packageJson({ scripts: { dev: 'vite-node src/server.ts' } }),
        'src/server.ts': '',
      },
    },
    { runtime: 'node', entry: 'src/server.ts', healthPath: '/' },
  ],
  [
    'Nest, whose own build is bundled',
    {
      files: {
        ...packageJson({
          scripts: { build: 'nest build', start: 'nest start', 'start:prod': 'node dist/main' },
          dependencies: { '@nestjs/core': '11' },
        }),
        'src/main.ts': '',
      },
      targets: ['build'],
    },
    { runtime: 'node', entry: 'dist/main.js', buildTarget: 'build', healthPath: '/' },
  ],
  [
    'Nest of an Nx workspace, whose own build writes outside of its folder',
    {
      files: {
        'src/main.ts':
          "import { NestFactory } from '@nestjs/core';\nconst globalPrefix = 'api';\napp.setGlobalPrefix(globalPrefix);",
        'src/assets/.gitkeep': '',
      },
      targets: ['build'],
      outputs: ['dist/apps/shop'],
    },
    { runtime: 'node', entry: 'src/main.ts', healthPath: '/api' },
  ],
  [
    'Nest of an Nx workspace, whose own build writes into its folder',
    {
      files: { 'src/main.ts': "import { NestFactory } from '@nestjs/core';" },
      targets: ['build'],
      outputs: ['apps/shop/dist'],
    },
    { runtime: 'node', entry: 'dist/main.js', buildTarget: 'build', healthPath: '/' },
  ],
  [
    'Fastify in TypeScript, started from source, with a health route',
    {
      files: {
        ...packageJson({ scripts: { start: 'tsx --env-file=.env src/index.ts' } }),
        'src/index.ts': `app.get('/healthz', () => 'ok')`,
        'src/index.test.ts': `get('/health')`,
      },
      targets: ['build'],
    },
    { runtime: 'node', entry: 'src/index.ts', healthPath: '/healthz' },
  ],
  [
    'a server without package.json',
    { files: { 'server.js': '' } },
    { runtime: 'node', entry: 'server.js', healthPath: '/' },
  ],
  [
    'Next with a standalone output, which has the folders of the workspace',
    {
      files: {
        ...packageJson({ dependencies: { next: '15' } }),
        'next.config.js': `module.exports = { output: 'standalone' }`,
        'public/logo.svg': '',
      },
      targets: ['build'],
    },
    {
      runtime: 'node',
      ship: '.next/standalone',
      start: ['node', 'apps/shop/server.js'],
      buildTarget: 'build',
      assets: ['.next/static', 'public'],
      healthPath: '/',
    },
  ],
  [
    'Next at the root of the workspace',
    {
      root: '.',
      files: {
        ...packageJson({ dependencies: { next: '15' } }),
        'next.config.js': `module.exports = { output: 'standalone' }`,
      },
      targets: ['build'],
    },
    {
      runtime: 'node',
      ship: '.next/standalone',
      start: ['node', 'server.js'],
      buildTarget: 'build',
      assets: ['.next/static'],
      healthPath: '/',
    },
  ],
  [
    'FastAPI',
    {
      files: {
        'requirements.txt': 'fastapi[standard]==0.115\n',
        'main.py': `from fastapi import FastAPI\n\napp = FastAPI()\n\n@app.get("/health")\n`,
      },
    },
    { runtime: 'python', entry: 'main:app', healthPath: '/health' },
  ],
  [
    'Flask in a package',
    { files: { 'requirements.txt': 'Flask\ngunicorn\n', 'shop/__init__.py': 'app = Flask(__name__)' } },
    { runtime: 'python', start: ['gunicorn', 'shop:app'], healthPath: '/' },
  ],
  [
    'Django, as startproject makes it',
    {
      files: {
        'requirements.txt': 'Django==5.2\ngunicorn==23.0\n',
        'manage.py': `os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')`,
        'mysite/wsgi.py': 'application = get_wsgi_application()',
        'mysite/urls.py': `urlpatterns = [\n    path('admin/', admin.site.urls),\n]`,
      },
    },
    { runtime: 'python', start: ['gunicorn', 'mysite.wsgi:application'], healthPath: '/admin/login/' },
  ],
  [
    'Go, by its one program',
    {
      files: {
        'go.mod': 'module shop',
        'cmd/shop/main.go': 'package main\n\nfunc main() { mux.HandleFunc("GET /healthz", ok) }',
        'cmd/shop/main_test.go': 'package main',
        'store/store.go': 'package store',
        Dockerfile: 'FROM golang',
      },
    },
    { runtime: 'go', entry: 'cmd/shop', healthPath: '/healthz' },
  ],
  [
    'Go, by the program at the top beside others',
    { files: { 'go.mod': '', 'main.go': 'package main', 'cmd/tool/main.go': 'package main' } },
    { runtime: 'go', entry: '.', healthPath: '/' },
  ],
  [
    'a Dockerfile, of a language that is not known',
    { files: { Dockerfile: 'FROM ruby', Gemfile: '', 'app.rb': "get '/health' do" } },
    { runtime: 'container', entry: 'Dockerfile', healthPath: '/health' },
  ],
  [
    'another Dockerfile, of Node, on request',
    {
      files: { ...packageJson({ scripts: { start: 'node a.js' } }), 'docker/web': '' },
      said: { runtime: 'container' as const, entry: 'docker/web' },
    },
    { runtime: 'container', entry: 'docker/web', healthPath: '/' },
  ],
  [
    'what the person says, which takes precedence',
    {
      files: { 'main.py': '', 'requirements.txt': '' },
      said: { start: ['./serve'], healthPath: '/up' },
    },
    { runtime: 'python', start: ['./serve'], healthPath: '/up' },
  ],
])('finds %s', (_, project: Project, service) => {
  expect(find(project)).toEqual(service);
});

it.each([
  [
    'an entry that nothing makes',
    { files: packageJson({ scripts: { start: 'node dist/x.js' } }) },
    '--buildTarget=',
  ],
  ['nothing that starts it', { files: packageJson({}) }, '--entry='],
  [
    "a program that starts it, though the package's main is a file",
    {
      files: { ...packageJson({ main: 'app.js', scripts: { start: 'fastify start app.js' } }), 'app.js': '' },
    },
    '"fastify start app.js"',
  ],
  [
    'a program of another language',
    { files: { 'Cargo.toml': '', 'main.rs': '', 'web/app.js': '' } },
    'a Cargo.toml',
  ],
  [
    'an application of another language with style sheets',
    {
      files: {
        ...packageJson({ scripts: { build: 'vite build' } }),
        'composer.json': '{}',
        'src/index.js': '',
      },
    },
    'has a composer.json: a service in that language is shipped with its Dockerfile',
  ],
  [
    'a static site',
    { files: { ...packageJson({ scripts: { start: 'react-scripts start' } }), 'src/index.js': '' } },
    'is served by react-scripts in development, so its build is a static site',
  ],
  [
    'a static site that only says how it is developed',
    {
      files: { ...packageJson({ scripts: { dev: 'vite --host', build: 'vite build' } }), 'src/main.ts': '' },
    },
    'is served by vite in development',
  ],
  [
    'one of several programs in Go',
    { files: { 'go.mod': '', 'cmd/a/main.go': 'package main', 'cmd/b/main.go': 'package main' } },
    'cmd/a, cmd/b',
  ],
  ['Go without a program', { files: { 'go.mod': '', 'a.go': 'package a' } }, '--entry=cmd/server'],
  ['a Dockerfile that is not there', { files: {}, said: { runtime: 'container' as const } }, 'no Dockerfile'],
  ['a command without what it starts', { files: packageJson({}), said: { start: ['./serve'] } }, '--ship='],
  [
    'a build that is no target',
    { files: packageJson({}), said: { buildTarget: 'make' } },
    'has no target "make"',
  ],
  ['a folder without a command', { files: packageJson({}), said: { ship: 'out' } }, '--start='],
  ['Python without requirements.txt', { files: { 'main.py': '', 'pyproject.toml': '' } }, 'pip freeze'],
  [
    'an application without a server',
    { files: { 'requirements.txt': 'flask\n', 'app.py': 'app = Flask(__name__)' } },
    'Add gunicorn to it',
  ],
  ['neither Node nor Python', { files: { 'main.rs': '' } }, '--runtime='],
])('refuses %s, and names what helps', (_, project: Project, help) => {
  expect(() => find(project)).toThrow(help);
});
