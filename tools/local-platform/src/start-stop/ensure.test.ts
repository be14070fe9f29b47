import type { App, Deployment } from '@odoobo/app-platform/spec';
import { identify, isAlive } from '@odoobo/machine/process';
import { processTable } from '@odoobo/machine/process-table';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { serverFolder } from '../testing/cli.test.helper.js';
import { eventually, specOf } from '../testing/platform.test.helper.js';
import { goodService, slowService } from '../testing/services.test.helper.js';

interface Served {
  pid: number;
  version: string;
  env: Record<string, string>;
}

async function ask(app: App): Promise<Served> {
  return (await fetch(app.live_url ?? '')).json() as Promise<Served>;
}

/** Resolves once the URL answers again. */
function askUntilServed(app: App): Promise<Served> {
  return eventually(async () => {
    const response = await fetch(app.live_url ?? '').catch(() => undefined);
    return response?.status === 200 ? ((await response.json()) as Served) : undefined;
  });
}

/** A zombie counts as ended: not every machine's init collects those of a server that was killed. */
async function runs(pid: number): Promise<boolean> {
  const identity = await identify(pid);
  return identity !== undefined && isAlive(identity);
}

function isGone(pid: number) {
  return eventually(async () => ((await runs(pid)) ? undefined : true));
}

describe('the server', () => {
  it('is started once for concurrent requests, and stopped with every service', async () => {
    vi.stubEnv('PIP_FIND_LINKS', '/wheels');
    onTestFinished(() => void vi.unstubAllEnvs());
    const server = await serverFolder();
    const starts = await Promise.all([1, 2, 3].map(() => server.start()));
    expect(starts.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(starts.filter(({ stdout }) => stdout.includes('already runs'))).toHaveLength(2);
    const { identity } = await server.record();
    expect((await stat(join(server.directory, 'platform.json'))).mode & 0o077).toBe(0);
    const app = await server.create(specOf('shop', await server.image(goodService('one'))));
    const { pid, env } = await ask(await server.settled(app.id));
    expect(JSON.stringify(env)).not.toContain('must-not-be-handed-on');
    // What builds need to download from where this machine does.
    const rows = await processTable().all((row, environment) => ({ ...row, environment }));
    expect(rows.find((row) => row.pid === identity.pid)?.environment).toContain('PIP_FIND_LINKS=/wheels');
    expect((await server.run('stop')).stdout).toContain('are stopped');
    expect([await runs(pid), await runs(identity.pid)]).toEqual([false, false]);
    expect((await server.run('stop')).stdout).toContain('No local platform runs');
  });

  if (process.env['NIGHTLY']) {
    it('is used once it is up, even if the process that started it was killed', async () => {
      const server = await serverFolder();
      const starter = server.startInBackground();
      await eventually(() => stat(join(server.directory, 'server.log')).catch(() => undefined));
      starter.kill('SIGKILL');
      expect(await server.start()).toMatchObject({ code: 0 });
      const { identity } = await server.record();
      const log = await readFile(join(server.directory, 'server.log'), 'utf8');
      expect(log.match(/process \d+ serves/g)).toEqual([`process ${identity.pid} serves`]);
    });

    it('can be stopped even if the process that started it was killed', async () => {
      const server = await serverFolder();
      const starter = server.startInBackground();
      await eventually(() => stat(join(server.directory, 'server.claim')).catch(() => undefined));
      starter.kill('SIGKILL');
      expect((await server.run('stop')).stdout).toContain('are stopped');
      expect(await readdir(server.directory)).not.toContain('platform.json');
    });
  }

  it('leaves its services to the next server after kill -9: same URLs, same token, same process', async () => {
    const server = await serverFolder();
    await server.ensure();
    const before = await server.record();
    const { id } = await server.create(specOf('shop', await server.image(goodService('one'))));
    const app = await server.settled(id);
    const { pid } = await ask(app);
    await server.killServer();
    expect((await server.run('status')).code).toBe(1);
    await server.ensure();
    const after = await server.record();
    expect([after.url, after.token]).toEqual([before.url, before.token]);
    expect((await server.settled(id)).live_url).toBe(app.live_url);
    expect((await ask(app)).pid).toBe(pid);
    // Still supervised: the adopted process is started again when it ends.
    process.kill(pid, 'SIGKILL');
    expect((await askUntilServed(app)).pid).not.toBe(pid);
  });

  if (process.env['NIGHTLY']) {
    it('resumes a deployment that kill -9 interrupted, with its id and without a second process', async () => {
      const server = await serverFolder();
      await server.ensure();
      const patient = { health_check: { http_path: '/', initial_delay_seconds: 60 } };
      const app = await server.create(specOf('shop', await server.image(slowService), patient));
      const id = app.pending_deployment?.id ?? '';
      const first = await eventually(() => spawned(server.directory, id));
      await server.killServer();
      expect(await runs(first)).toBe(true);
      await server.ensure();
      await isGone(first);
      const second = await eventually(() => spawned(server.directory, id));
      expect(second).not.toBe(first);
      const { deployments } = await server.call<{ deployments: Deployment[] }>(
        'GET',
        `/v2/apps/${app.id}/deployments`,
      );
      expect(deployments.map((one) => [one.id, one.phase])).toEqual([[id, 'DEPLOYING']]);
      await server.call('POST', `/v2/apps/${app.id}/deployments/${id}/cancel`);
      await isGone(second);
    });
  }

  it('keeps everything that it confirmed, and one process, whenever it gets kill -9', async () => {
    const server = await serverFolder();
    await server.ensure();
    const images = [await server.image(goodService('one')), await server.image(goodService('two'))];
    const { id } = await server.create(specOf('shop', images[0] ?? ''));
    const { live_url: url } = await server.settled(id);
    const moments = process.env['NIGHTLY'] ? [20, 45, 70, 95, 120] : [70];
    for (const [round, ms] of moments.entries()) {
      const spec = specOf('shop', images[(round + 1) % 2] ?? '');
      const { app } = await server.call<{ app: App }>('PUT', `/v2/apps/${id}`, { spec });
      // No synchronisation: the moment of the crash.
      await delay(ms);
      await server.killServer();
      await server.ensure();
      const settled = await server.settled(id);
      expect([settled.active_deployment?.id, settled.live_url]).toEqual([app.pending_deployment?.id, url]);
      expect((await askUntilServed(settled)).version).toBe(round % 2 === 0 ? 'two' : 'one');
      // The processes of the version before, and of any other attempt, end.
      await eventually(async () => ((await recorded(server.directory)) === 1 ? true : undefined));
    }
  });

  if (process.env['NIGHTLY']) {
    it('finds a process that it could not record, by its folder', async () => {
      const server = await serverFolder();
      await server.ensure();
      const patient = { health_check: { http_path: '/', initial_delay_seconds: 60 } };
      const app = await server.create(specOf('shop', await server.image(slowService), patient));
      const id = app.pending_deployment?.id ?? '';
      const pid = await eventually(() => spawned(server.directory, id));
      await server.killServer();
      await writeFile(join(server.directory, 'run', `${id}.web.0.json`), '{"port":20000}');
      await server.stop();
      expect(await runs(pid)).toBe(false);
    });
  }

  it('that does not start shows why, with its log', async () => {
    const server = await serverFolder();
    await writeFile(join(server.directory, 'key'), 'no key');
    const { code, stderr } = await server.start();
    expect(code).toBe(1);
    expect(stderr).toMatch(/did not start[^]*is not the key of a local platform/);
  });

  if (process.env['NIGHTLY']) {
    it('uses another port if the preferred one is taken, says so, and keeps it until another is requested', async () => {
      const [one, two] = [await serverFolder(), await serverFolder()];
      await one.ensure();
      const { port } = new URL((await one.record()).url);
      const { stderr } = await two.run('start', '--port', port);
      const { url } = await two.record();
      expect(new URL(url).port).not.toBe(port);
      expect(stderr).toContain(
        `! Port ${port} is taken by another program, so the local platform answers at port ${new URL(url).port} from now on.`,
      );
      const app = await two.settled(
        (await two.create(specOf('shop', await two.image(goodService('one'))))).id,
      );

      await two.stop();
      const again = await two.run('start');
      expect(again).toMatchObject({ code: 0, stderr: '' });
      expect(again.stdout).toContain(`runs at ${url} `);
      expect(again.stdout).toContain('It uses the same port as before.');
      expect((await two.record()).url).toBe(url);
      expect((await two.settled(app.id)).live_url).toBe(app.live_url);

      await one.stop();
      await two.stop();
      await two.run('start', '--port', port);
      expect(new URL((await two.record()).url).port).toBe(port);
    });
  }
});

/** The process of a deployment's service, once it is started. */
async function spawned(directory: string, deployment: string): Promise<number | undefined> {
  const text = await readFile(join(directory, 'run', `${deployment}.web.0.json`), 'utf8').catch(() => '{}');
  const { identity } = JSON.parse(text) as { identity?: { pid: number } };
  return identity && (await runs(identity.pid)) ? identity.pid : undefined;
}

/** How many services there are records of. */
async function recorded(directory: string): Promise<number> {
  const files = await readdir(join(directory, 'run'));
  return files.filter((file) => file.endsWith('.json')).length;
}
