import type { App } from '@odoobo/app-platform/spec';
import { identify, isAlive } from '@odoobo/machine/process';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serverFolder } from '../testing/cli.test.helper.js';
import { ask, isGone, keepAsking, service, worker } from '../testing/components.test.helper.js';
import { eventually, type TestPlatform, testPlatform } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';

/** Long enough for everything that a test does meanwhile. */
const patient = { termination: { drain_seconds: 60, grace_period_seconds: 1 } };

/** Like `goodService`, but it does not start while the file in its variable GONE is there. */
const mortal = (version: string) => `
  import { existsSync } from 'node:fs';
  if (existsSync(process.env.GONE)) throw new Error('the database is gone');
  ${goodService(version)}
`;

/** A platform with `one`, which stands by, and `two`, which is live. */
async function replaced(
  test: TestPlatform,
  more = patient,
): Promise<{ app: App; one: number; gone: string }> {
  const gone = join(test.directory, 'gone');
  const spec = async (source: string) => ({
    name: 'shop',
    services: [service('web', await test.image(source), { ...more, envs: [{ key: 'GONE', value: gone }] })],
  });
  const app = await test.deploy(await spec(goodService('one')));
  const { pid } = await ask(app);
  expect((await test.redeploy(app.id, await spec(mortal('two')))).phase).toBe('ACTIVE');
  expect((await ask(app)).version).toBe('two');
  return { app: await test.app(app.id), one: pid, gone };
}

const says = (app: App, version: string) =>
  eventually(async () => ((await ask(app)).version === version ? true : undefined));

async function isRunning(pid: number): Promise<boolean> {
  const identity = await identify(pid);
  return identity !== undefined && isAlive(identity);
}

describe('a version that crashes after it went live', () => {
  it('is replaced by the previous version until it is up again, and no request is lost', async () => {
    const test = await testPlatform();
    const { app, one, gone } = await replaced(test);
    const load = keepAsking(app.live_url ?? '');
    await writeFile(gone, '');
    process.kill((await ask(app)).pid, 'SIGKILL');
    await says(app, 'one');
    for (let i = 0; i < 20; i++) {
      const answer = await fetch(app.live_url ?? '', { method: 'POST', body: 'x' });
      expect(await answer.json()).toMatchObject({ version: 'one', pid: one });
    }
    await rm(gone);
    await says(app, 'two');
    expect(await load.stop()).toEqual(new Set([200]));
    expect(await isRunning(one)).toBe(true);
  });

  if (process.env['NIGHTLY']) {
    it('is replaced even by a previous version that was restarted', async () => {
      const test = await testPlatform();
      const { app, one, gone } = await replaced(test);
      await writeFile(gone, '');
      process.kill((await ask(app)).pid, 'SIGKILL');
      await says(app, 'one');
      process.kill(one, 'SIGKILL');
      await eventually(async () => {
        const { version, pid } = await ask(app);
        return version === 'one' && pid !== one ? true : undefined;
      });
    });
  }

  it('ends, and its stand-in too, when the next deployment, such as a rollback, is live', async () => {
    const test = await testPlatform();
    const { app, one, gone } = await replaced(test);
    await writeFile(gone, '');
    process.kill((await ask(app)).pid, 'SIGKILL');
    await says(app, 'one');
    const load = keepAsking(app.live_url ?? '');
    await test.redeploy(app.id, {
      name: 'shop',
      services: [service('web', await test.image(goodService('three')))],
    });
    await says(app, 'three');
    await isGone(one);
    expect(await load.stop()).toEqual(new Set([200]));
  });
});

describe('a version that was replaced', () => {
  it('ends after the new one was up for drain_seconds', async () => {
    const { one } = await replaced(await testPlatform(), {
      termination: { drain_seconds: 1, grace_period_seconds: 1 },
    });
    await isGone(one);
  });

  it('ends its workers at once', async () => {
    const test = await testPlatform();
    const image = await test.image(goodService('one'));
    const idle = await test.image(`setInterval(() => undefined, 1000);`);
    const app = await test.deploy({
      name: 'shop',
      services: [service('web', image, patient)],
      workers: [worker('mail', idle)],
    });
    const { pid } = await ask(app);
    await test.redeploy(app.id, { name: 'shop', services: [service('web', image, patient)] });
    const recorded = () => readdir(join(test.directory, 'run'));
    await eventually(async () =>
      (await recorded()).some((file) => file.includes('.mail.')) ? undefined : true,
    );
    expect(await isRunning(pid)).toBe(true);
  });

  if (process.env['NIGHTLY']) {
    it('ends at once when two more have gone live', async () => {
      const test = await testPlatform();
      const { app, one } = await replaced(test);
      const two = (await ask(app)).pid;
      const three = service('web', await test.image(goodService('three')), patient);
      await test.redeploy(app.id, { name: 'shop', services: [three] });
      await isGone(one);
      expect(await isRunning(two)).toBe(true);
    });
  }

  it('ends with the platform', async () => {
    const test = await testPlatform();
    const { app, one } = await replaced(test);
    const { pid } = await ask(app);
    await test.platform.close();
    expect([await isRunning(one), await isRunning(pid)]).toEqual([false, false]);
  });

  if (process.env['NIGHTLY']) {
    it('is ended by the next server when the platform was killed', { timeout: 60_000 }, async () => {
      const server = await serverFolder();
      await server.ensure();
      const spec = async (version: string) => ({
        name: 'shop',
        services: [service('web', await server.image(goodService(version)), patient)],
      });
      const { id } = await server.create(await spec('one'));
      const app = await server.settled(id);
      const one = (await ask(app)).pid;
      await server.call('PUT', `/v2/apps/${id}`, { spec: await spec('two') });
      await says(app, 'two');
      const two = (await ask(app)).pid;
      await server.killServer();
      expect(await isRunning(one)).toBe(true);
      await server.ensure();
      await isGone(one);
      expect((await ask(app)).pid).toBe(two);
      await server.stop();
    });
  }
});
