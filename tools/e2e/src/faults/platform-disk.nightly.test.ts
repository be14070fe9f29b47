import { stopPlatform } from '@odoobo/local-platform/client';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canMount, SmallDisk } from '../support/small-disk.js';
import { Traffic } from '../support/traffic.js';
import { Workspace } from '../support/workspace.js';

describe.skipIf(!canMount)('a local platform whose disk is full (needs root)', () => {
  let workspace: Workspace;
  let folder: string;
  let disk: SmallDisk;
  let traffic: Traffic;

  beforeAll(async () => {
    workspace = await Workspace.create({ shop: { behaviour: { says: 'earlier' } }, other: {} });
    folder = join(workspace.root, '.local-platform');
    disk = await SmallDisk.at(folder, { megabytes: 6 });
    const { exitCode, output } = await workspace.odoobo(['deploy']);
    expect(exitCode, output).toBe(0);
    traffic = new Traffic((await workspace.status('shop'))['url'] ?? '');
  }, 60_000);
  afterAll(async () => {
    await traffic.stop();
    await stopPlatform(folder);
    await disk.unmount();
    await workspace.close();
  });

  async function answer(): Promise<string> {
    return (await fetch(traffic.url)).text();
  }

  async function apps() {
    return (await workspace.apps()).map(({ id, live_url, active_deployment }) => ({
      id,
      live_url,
      live: active_deployment?.id,
    }));
  }

  async function unfinished(): Promise<string[]> {
    const names = await readdir(folder, { recursive: true });
    return names.filter((name) => /\.unfinished$|\.new$|incoming\/./.test(name));
  }

  // With a little room, the write after the first one ends in the middle.
  it.each([0, 4, 16])(
    'with %i kB left refuses a deploy in words, and keeps serving all that was live',
    async (left) => {
      const before = await apps();
      await workspace.change('shop', { says: `with ${left}` });
      disk.fill(left * 1024);
      const { exitCode, output } = await workspace.odoobo(['deploy', 'shop']);
      expect(exitCode, output).toBe(1);
      expect(output).toMatch(/(Could not write|could not be written)/);
      expect(output).toContain(folder);
      expect(output).toMatch(/is full \(ENOSPC\)\. Make room there, then try again/);
      expect(await answer()).toBe('earlier');
      const { url, token } = await workspace.platform();
      const scrape = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
      expect([scrape.status, await scrape.text()]).toEqual([
        200,
        expect.stringMatching(/requests_total.*shop/) as string,
      ]);
      expect((await workspace.odoobo(['logs', 'shop', '--tail=5'])).exitCode).toBe(0);
      await disk.makeRoom();
      expect(await unfinished()).toEqual([]);
      expect(await apps()).toEqual(before);
    },
    30_000,
  );

  it.each([0, 4])(
    'and whose server is killed does not start with %i kB left, says so, and what is live keeps serving',
    async (left) => {
      if (left === 0) await workspace.killPlatform();
      disk.fill(left * 1024);
      const { exitCode, output } = await workspace.odoobo(['deploy', 'shop']);
      expect(exitCode, output).toBe(1);
      expect(output).toContain(folder);
      expect(output).toMatch(/is full \(ENOSPC\)\. Make room there, then try again/);
      expect(await answer()).toBe('earlier');
      await disk.makeRoom();
    },
    30_000,
  );

  it('with room again starts with all apps as before, and the same deploy succeeds; no request was lost', async () => {
    const url = traffic.url;
    const { exitCode, output } = await workspace.odoobo(['deploy', 'shop']);
    expect(exitCode, output).toBe(0);
    expect(await answer()).toBe('with 16');
    const after = await workspace.apps();
    expect(after.map(({ spec: { name } }) => name).sort()).toEqual(['other', 'shop']);
    expect(after.find(({ spec: { name } }) => name === 'shop')?.live_url).toBe(url);
    const other = after.find(({ spec: { name } }) => name === 'other')?.live_url ?? '';
    expect((await fetch(other)).status).toBe(200);
    expect((await workspace.nxSkills(['audit', 'verify'])).exitCode).toBe(0);
    await traffic.stop();
    expect(traffic.answers.length).toBeGreaterThan(50);
    expect(traffic.answers.filter(({ failure }) => failure !== undefined)).toEqual([]);
  }, 30_000);

  it('after a power cut during a deploy on a full disk starts with all apps as before', async () => {
    const before = await apps();
    const says = await answer();
    await workspace.change('shop', { says: 'cut off' });
    disk.fill(16 * 1024);
    expect((await workspace.odoobo(['deploy', 'shop'])).exitCode).toBe(1);
    await cutPower(folder);
    await disk.makeRoom();
    expect((await workspace.odoobo(['deploy', 'other'])).output).toContain('other  unchanged');
    expect(await apps()).toEqual(before);
    expect(await answer()).toBe(says);
    expect(await unfinished()).toEqual([]);
  }, 60_000);
});

/** Ends all that a platform has started, at once. */
async function cutPower(folder: string): Promise<void> {
  const mark = `root=${encodeURIComponent(folder)}&`;
  const isOurs = async (pid: string) =>
    (await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')).includes(
      `LOCAL_PLATFORM_PROCESS=${mark}`,
    );
  const pids = (await readdir('/proc')).filter((name) => Number(name) > 0);
  const ours = await Promise.all(pids.map(isOurs));
  const ending = pids.filter((_, index) => ours[index]).map(Number);
  // The server, the process of the URLs, and two services.
  expect(ending.length).toBeGreaterThanOrEqual(4);
  for (const pid of ending) process.kill(pid, 'SIGKILL');
}
