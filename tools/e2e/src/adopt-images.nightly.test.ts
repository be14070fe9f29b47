import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
/* eslint-disable @nx/enforce-module-boundaries -- What only tests use is no part of the package. */
import { Containers } from '../../local-platform/dist/containers/containers.js';
import { layoutOf } from '../../local-platform/dist/state/layout.js';
import { containerFolderOf } from '../../local-platform/dist/state/work-folders.js';
import { hasDockerRegistry } from '../../ship/dist/test-support/docker-registry.js';
import { ImageProduction } from './support/image-production.js';
import { Traffic } from './support/traffic.js';
import { Workspace } from './support/workspace.js';
/* eslint-enable @nx/enforce-module-boundaries */

const busybox = '/usr/bin/busybox';

const goService = (says: string) => `package main

import (
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("${says}")) })
	http.ListenAndServe(":"+os.Getenv("PORT"), nil)
}
`;

const dockerfile = (says: string) => `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "mkdir", "-p", "/www"]
RUN ["/bin/busybox", "sh", "-c", "printf ${says} > /www/index.html; : > /www/health"]
CMD ["/bin/busybox", "sh", "-c", "exec /bin/busybox httpd -f -p $PORT -h /www"]
`;

/** A service of each kind: the file that a version is written to, and what it is then. */
const services = {
  greeter: {
    file: 'main.go',
    versionOf: goService,
    files: { 'go.mod': 'module example.test/greeter\n\ngo 1.22\n' },
    found: { runtime: 'go', entry: '.', healthPath: '/healthz' },
    spec: ['environment_slug: go', 'build_command: go build -o bin/server ./.', 'run_command: bin/server'],
  },
  pages: {
    file: 'Dockerfile',
    versionOf: dockerfile,
    files: {},
    found: { runtime: 'container', entry: 'Dockerfile', healthPath: '/' },
    spec: ['dockerfile_path: apps/pages/Dockerfile', 'source_dir: apps/pages'],
  },
};

const hasGo = isThere('go', 'version');
const hasEngine = existsSync(busybox) && (await new Containers(layoutOf('/nowhere')).gap()) === undefined;

function isThere(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

let workspace: Workspace;
let production: ImageProduction | undefined;

beforeAll(async () => {
  workspace = await Workspace.create({});
  for (const [name, { file, versionOf, files }] of Object.entries(services)) {
    await workspace.write(`apps/${name}/project.json`, JSON.stringify({ name }));
    for (const [path, text] of Object.entries(files)) await workspace.write(`apps/${name}/${path}`, text);
    await workspace.write(`apps/${name}/${file}`, versionOf('one'));
  }
  if (existsSync(busybox)) {
    copyFileSync(busybox, join(workspace.root, 'apps/pages/busybox'));
    chmodSync(join(workspace.root, 'apps/pages/busybox'), 0o755);
  }
  await workspace.git('config', 'user.name', 'Test');
  await workspace.git('config', 'user.email', 'test@example.invalid');
  await workspace.commit('services');
  if (hasDockerRegistry) production = await ImageProduction.start();
});
afterAll(async () => {
  await production?.close();
  await workspace.close();
  for (const folder of [
    '/nowhere',
    join(workspace.root, '.local-platform'),
    join(production?.folder ?? '/', 'cloud'),
  ])
    await rm(dirname(containerFolderOf(layoutOf(folder))), { recursive: true, force: true });
});

/** A PATH with an `npm` that installs nothing, because the packages are those of this repository. */
async function path(): Promise<string> {
  const bin = join(workspace.root, '.nx/bin');
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'npm'), '#!/bin/sh\n', { mode: 0o755 });
  return `${bin}:${process.env['PATH']}`;
}

async function nx(...args: string[]): Promise<string> {
  const { exitCode, output } = await workspace.start(args, { PATH: await path() }).ended;
  expect(exitCode, output).toBe(0);
  return output;
}

async function says(name: string): Promise<string> {
  const { url = '' } = await workspace.status(name);
  return (await fetch(url)).text();
}

/** Adopted, deployed, updated under load, rolled back, and in production as an image. */
async function goesAllTheWay(name: keyof typeof services): Promise<void> {
  const { file, versionOf, found, spec } = services[name];
  await nx('g', '@odoobo/nx-skills:adopt', name);
  expect(JSON.parse(await workspace.read(`apps/${name}/skill.json`))).toMatchObject(found);
  const appSpec = await workspace.read(`infra/do-gradient/${name}/app-spec.yaml`);
  for (const line of spec) expect(appSpec).toContain(line);
  await workspace.commit(`adopt ${name}`);
  expect(await nx('validate', name)).toContain(`${name} is valid`);
  await nx('deploy', name, '--smokeTest');
  expect(await says(name)).toBe('one');

  await workspace.write(`apps/${name}/${file}`, versionOf('two'));
  await workspace.commit('two');
  const { url = '' } = await workspace.status(name);
  const traffic = new Traffic(url, ['GET']);
  await nx('deploy', name, '--smokeTest');
  await traffic.stop();
  expect(traffic.answers.flatMap(({ failure }) => failure ?? [])).toEqual([]);
  expect(traffic.answers.length).toBeGreaterThan(0);
  expect(await says(name)).toBe('two');
  expect(await nx('deploy', name)).toContain('already up to date');
  await nx('rollback', name);
  expect(await says(name)).toBe('one');

  if (!production) return;
  await production.runImageOf(name, workspace);
  await workspace.commit('an image');
  const { exitCode, output } = await production.run(workspace, ['deploy', name]);
  expect(exitCode, output).toBe(0);
  expect(await production.answer(name)).toBe('two');
  const digest = (await production.app(name))?.active_deployment?.spec?.services?.[0]?.image?.digest ?? '';
  expect(readFileSync(production.registry.blobFile(digest), 'utf8')).toContain('layers');
}

describe.skipIf(!hasGo)('a Go service (needs go)', () => {
  it('is adopted, deployed, updated under load, rolled back, and reaches production as an image', async () => {
    await goesAllTheWay('greeter');
  }, 300_000);
});

describe.skipIf(!hasEngine)('a Dockerfile (needs busybox, and podman, docker or buildah)', () => {
  it('is adopted, deployed, updated under load, rolled back, and reaches production as an image', async () => {
    await goesAllTheWay('pages');
  }, 300_000);
});
