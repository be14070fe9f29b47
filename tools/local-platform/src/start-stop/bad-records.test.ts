import type { App } from '@odoobo/app-platform/spec';
import { identify, isAlive } from '@odoobo/machine/process';
import { readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serverFolder } from '../testing/cli.test.helper.js';
import { eventually, specOf, testPlatform } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';

async function pidOf(app: App): Promise<number> {
  return ((await (await fetch(app.live_url ?? '')).json()) as { pid: number }).pid;
}

async function runs(pid: number): Promise<boolean> {
  const identity = await identify(pid);
  return identity !== undefined && isAlive(identity);
}

/** A server with two apps that are live. */
async function twoApps() {
  const server = await serverFolder();
  await server.ensure();
  const digest = await server.image(goodService('one'));
  const created = await Promise.all(['good', 'bad'].map((name) => server.create(specOf(name, digest))));
  const [good, bad] = await Promise.all(created.map(({ id }) => server.settled(id)));
  if (!good || !bad) throw new Error('There are two apps.');
  return { server, digest, good, bad, badFile: join(server.directory, 'apps', `${bad.id}.json`) };
}

if (process.env['NIGHTLY']) {
  it('reads back whatever it has accepted: the default size allows one instance only, but nobody has chosen it', async () => {
    const first = await testPlatform();
    const digest = await first.image(goodService('one'));
    const { id } = await first.deploy(specOf('two', digest, { instance_count: 2 }));
    await first.platform.close();
    const next = await testPlatform({ directory: first.directory });
    expect((await next.app(id)).active_deployment?.phase).toBe('ACTIVE');
  });
}

describe('a record of an app that cannot be read', () => {
  it('disables only that app, ends its process and is logged; the others keep running', async () => {
    const { server, digest, good, bad, badFile } = await twoApps();
    const [goodPid, badPid] = [await pidOf(good), await pidOf(bad)];
    await server.killServer();
    await truncate(badFile, 100);
    await server.ensure();
    expect((await server.call<{ apps: App[] }>('GET', '/v2/apps')).apps.map(({ id }) => id)).toEqual([
      good.id,
    ]);
    expect(await pidOf(good)).toBe(goodPid);
    await eventually(async () => ((await runs(badPid)) ? undefined : true));
    await expect(fetch(bad.live_url ?? '')).rejects.toThrow('fetch failed');
    const log = await readFile(join(server.directory, 'server.log'), 'utf8');
    expect(log).toContain(`the app is skipped and its record is kept as ${badFile}.set-aside`);

    const again = await server.create(specOf('bad', digest));
    expect(await pidOf(await server.settled(again.id))).toBeGreaterThan(0);
  });

  if (process.env['NIGHTLY']) {
    it('is read again after it was corrected: the app is back at its URL', async () => {
      const { server, bad, badFile } = await twoApps();
      await server.stop();
      const text = await readFile(badFile, 'utf8');
      await writeFile(badFile, `${text},`);
      await server.ensure();
      await server.stop();
      await writeFile(`${badFile}.set-aside`, text);
      await rename(`${badFile}.set-aside`, badFile);
      await server.ensure();
      const back = await server.settled(bad.id);
      expect(back.live_url).toBe(bad.live_url);
      expect(await eventually(() => pidOf(back).catch(() => undefined))).toBeGreaterThan(0);
    });
  }
});

describe('a record of the server that cannot be read', () => {
  it('is reported with what to do; that works even while the server is running', async () => {
    const server = await serverFolder();
    await server.ensure();
    const { identity } = await server.record();
    await writeFile(join(server.directory, 'platform.json'), '{"url":');
    const { code, stderr } = await server.start();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /platform\.json cannot be read .*npx local-platform stop, then npx local-platform start/,
    );
    expect((await server.run('stop')).stdout).toContain('are stopped');
    expect(await isAlive(identity)).toBe(false);
    expect(await server.start()).toMatchObject({ code: 0 });
  });

  if (process.env['NIGHTLY']) {
    it('does not keep a server from starting if it is a claim with invalid content', async () => {
      const server = await serverFolder();
      await writeFile(join(server.directory, 'server.claim'), '{"id":"x","pid":1}\n\u0000\uffff{"id');
      expect(await server.start()).toMatchObject({ code: 0 });
      expect((await server.run('stop')).stdout).toContain('are stopped');
    });
  }
});
