import type { App } from '@odoobo/app-platform/spec';
import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { imageStoreOf } from '../images/image-store.js';
import { type Platform, startPlatform } from '../start-stop/platform.js';
import type { AppRecord } from '../state/app-record.js';
import { writeImage } from '../testing/image.test.helper.js';
import { afterwards, callApi, eventually, specOf, temporaryFolder } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';

const dayMs = 24 * 3_600_000;
const daysAgo = (days: number) => new Date(Date.now() - days * dayMs);

async function start(directory: string): Promise<Platform> {
  const platform = await startPlatform({ directory });
  afterwards(() => platform.close());
  return platform;
}

async function image(directory: string, source: string): Promise<string> {
  const layout = await writeImage(source);
  afterwards(() => rm(layout, { recursive: true }));
  return imageStoreOf(directory).import(layout);
}

/** Deploys it, and waits until it is live. @returns its id, and that of the deployment */
async function deploy(
  platform: Platform,
  digest: string,
  id?: string,
): Promise<{ app: string; deployment: string }> {
  const [method, path] = id === undefined ? ['POST', '/v2/apps'] : ['PUT', `/v2/apps/${id}`];
  const { app } = (await callApi<{ app: App }>(platform, method, path, { spec: specOf('shop', digest) }))
    .body;
  const deployment = app.pending_deployment?.id ?? '';
  await eventually(async () => {
    const now = (await callApi<{ app: App }>(platform, 'GET', `/v2/apps/${app.id}`)).body.app;
    return now.active_deployment?.id === deployment ? true : undefined;
  }, 30_000);
  return { app: app.id, deployment };
}

async function changeRecord(
  directory: string,
  id: string,
  change: (record: AppRecord) => AppRecord,
): Promise<void> {
  const file = join(directory, 'apps', `${id}.json`);
  await writeFile(file, JSON.stringify(change(JSON.parse(await readFile(file, 'utf8')) as AppRecord)));
}

it('deletes logs older than a month and unneeded images at startup, and nothing that is live', async () => {
  const directory = await temporaryFolder();
  const platform = await start(directory);
  const digest = await image(directory, goodService('one'));
  const first = await deploy(platform, digest);
  const second = await deploy(platform, digest, first.app);
  const third = await deploy(platform, digest, first.app);
  const unneeded = await image(directory, goodService('unneeded'));
  await platform.close();
  await changeRecord(directory, first.app, (record) => ({
    ...record,
    deployments: record.deployments.map((one) =>
      one.id === second.deployment ? one : { ...one, phaseUpdatedAt: daysAgo(31).toISOString() },
    ),
  }));
  for (const name of await readdir(join(directory, 'images/blobs/sha256')))
    await utimes(join(directory, 'images/blobs/sha256', name), daysAgo(1), daysAgo(1));

  await start(directory);
  const images = imageStoreOf(directory);
  await eventually(async () => ((await images.has(unneeded)) ? undefined : true));
  await eventually(async () => ((await readdir(join(directory, 'logs'))).length === 2 ? true : undefined));
  expect((await readdir(join(directory, 'logs'))).sort()).toEqual(
    [second.deployment, third.deployment].sort(),
  );
  expect(await images.has(digest)).toBe(true);
}, 60_000);

it('keeps the logs of ten deployments of an app, and the records of its rollback targets', async () => {
  const directory = await temporaryFolder();
  const platform = await start(directory);
  const digest = await image(directory, goodService('one'));
  const { app } = await deploy(platform, digest);
  const deployments: string[] = [];
  for (let n = 0; n < 12; n++) deployments.push((await deploy(platform, digest, app)).deployment);
  await eventually(async () => ((await readdir(join(directory, 'logs'))).length === 10 ? true : undefined));
  expect((await readdir(join(directory, 'logs'))).sort()).toEqual(deployments.slice(-10).sort());
}, 120_000);
