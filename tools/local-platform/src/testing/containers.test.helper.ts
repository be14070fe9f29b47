import type { App, AppSpec, Deployment } from '@odoobo/app-platform/spec';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EngineName } from '../containers/container-engine.js';
import { Containers } from '../containers/containers.js';
import { dropImages } from '../sources/drop-images.js';
import { layoutOf } from '../state/layout.js';
import { containerFolderOf } from '../state/work-folders.js';
import { afterwards, eventually, temporaryFolder, type TestPlatform } from './platform.test.helper.js';

const run = promisify(execFile);

/** One program that is all programs, without libraries. */
const busybox = '/usr/bin/busybox';

/** Whether this machine cannot run the containers of a test. */
export async function lacksContainers(): Promise<boolean> {
  // Test files look at the same time.
  const folder = layoutOf(`/nowhere-${randomUUID()}`);
  const gap = await new Containers(folder).gap();
  await rm(join(containerFolderOf(folder), '..'), { recursive: true, force: true });
  return gap !== undefined || !existsSync(busybox);
}

/** The folder of a platform whose containers are deleted with it. */
export async function folderWithContainers(): Promise<string> {
  const directory = await temporaryFolder();
  const layout = layoutOf(directory);
  afterwards(async () => {
    await dropImages(layout);
    await rm(join(containerFolderOf(layout), '..'), { recursive: true, force: true });
  });
  return directory;
}

export function engineOf(directory: string) {
  return new Containers(layoutOf(directory)).find();
}

/** Makes an image with a shell in the store of this machine, as a base of others. @returns its name */
export async function baseImage(directory: string): Promise<string> {
  const { name: engine } = await engineOf(directory);
  // Tests that run at the same time share the store.
  const name = `localhost/local-platform-test-base:${randomUUID()}`;
  const context = await temporaryFolder();
  await copyFile(busybox, join(context, 'busybox'));
  const dockerfile = [
    'FROM scratch',
    'COPY busybox /bin/busybox',
    'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
    'RUN mkdir -p /etc /www/cgi-bin /tmp && echo "web:x:1234:77:web:/www:/bin/sh" > /etc/passwd && echo "web:x:77:" > /etc/group',
  ];
  await writeFile(join(context, 'Dockerfile'), dockerfile.join('\n'));
  await run(engine, ['build', ...isolation(engine), '--tag', name, context]);
  afterwards(() => run(engine, ['rmi', '--force', name]));
  return name;
}

/** Builds an image in the store of this machine. */
export async function tagged(directory: string, name: string, dockerfile: string): Promise<void> {
  const { name: engine } = await engineOf(directory);
  const context = await temporaryFolder();
  await writeFile(join(context, 'Dockerfile'), dockerfile);
  await run(engine, ['build', ...isolation(engine), '--tag', name, context]);
  afterwards(() => run(engine, ['rmi', '--force', name]));
}

function isolation(engine: EngineName): string[] {
  return engine === 'buildah' ? ['--isolation', 'chroot'] : [];
}

/** Creates an app and waits until its first deployment is over: the builds of engines take longer than most. */
export async function deployed(test: TestPlatform, spec: AppSpec): Promise<App> {
  const { id } = await test.create(spec);
  return eventually(() => test.settled(id).catch(() => undefined), 60_000);
}

/** Replaces the spec and waits until that deployment is over. */
export async function redeployed(test: TestPlatform, app: string, spec: AppSpec): Promise<Deployment> {
  const { body } = await test.call<{ app: App }>('PUT', `/v2/apps/${app}`, { spec });
  return ended(test, app, body.app.pending_deployment?.id);
}

/** Deploys the newest commit. */
export async function again(test: TestPlatform, app: string): Promise<Deployment> {
  const { body } = await test.call<{ deployment: Deployment }>('POST', `/v2/apps/${app}/deployments`, {});
  return ended(test, app, body.deployment.id);
}

function ended(test: TestPlatform, app: string, id = ''): Promise<Deployment> {
  return eventually(async () => {
    const now = await test.deployment(app, id);
    return ['ACTIVE', 'ERROR', 'CANCELED'].includes(now.phase ?? '') ? now : undefined;
  }, 60_000);
}

/** A service of a shell: `/` is a text, `/cgi-bin/env` what its processes see. */
export function dockerfileOf(base: string, text: string): string {
  return `FROM ${base}
ARG AT_BUILD=none
RUN printf '#!/bin/sh\\nprintf "Content-Type: text/plain\\\\r\\\\n\\\\r\\\\n"; id; pwd; env' > /www/cgi-bin/env && chmod +x /www/cgi-bin/env && echo "${text} $AT_BUILD" > /www/index.html
WORKDIR /srv/web
USER web
CMD exec httpd -f -p $PORT -h /www
`;
}

/** What the machine has mounted, and runs, of a platform. */
export async function leftOf(directory: string): Promise<string[]> {
  const { stdout: mounts } = await run('mount', []);
  const folder = containerFolderOf(layoutOf(directory));
  return mounts.split('\n').filter((line) => line.includes(folder));
}
