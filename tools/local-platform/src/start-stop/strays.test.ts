import type { App } from '@odoobo/app-platform/spec';
import { identify, type ProcessIdentity } from '@odoobo/machine/process';
import { spawn } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { marksOf } from '../process/platform-processes.js';
import { layoutOf } from '../state/layout.js';
import { type ServerFolder, serverFolder } from '../testing/cli.test.helper.js';
import {
  daemonize,
  escapes,
  findableEscapes,
  howManyRun,
  notedProcesses,
  serviceThatStarts,
} from '../testing/daemons.test.helper.js';
import { ingressProcess } from '../testing/ingress-process.test.helper.js';
import { afterwards, eventually, specOf, temporaryFolder } from '../testing/platform.test.helper.js';

const all = findableEscapes;

const soon = { termination: { drain_seconds: 1, grace_period_seconds: 1 } };

async function deployed(server: ServerFolder, source: string): Promise<App> {
  const { id } = await server.create(specOf('shop', await server.image(source), soon));
  return server.settled(id);
}

async function noneRuns(processes: readonly ProcessIdentity[]): Promise<void> {
  await eventually(async () => ((await howManyRun(processes)) === 0 ? true : undefined));
}

/** Which kinds of processes carry the mark of a platform, in order. */
async function kindsOf(directory: string): Promise<string[]> {
  return (await marksOf(layoutOf(directory))).map(({ kind }) => kind).sort();
}

async function pidAt({ live_url: url = '' }: App): Promise<number> {
  return Number(await (await fetch(url)).text());
}

async function identityOf(pid: number | undefined): Promise<ProcessIdentity> {
  const identity = await identify(pid ?? 0);
  if (!identity) throw new Error(`There is no process ${pid}.`);
  return identity;
}

/** Runs the built command line; it must be built first (`npx tsc -b`). */
describe(
  'processes that a service started end with it, whatever their group or session',
  { timeout: 90_000 },
  () => {
    it('when the next version takes over, and at a stop', async () => {
      const server = await serverFolder();
      await server.ensure();
      const folder = await temporaryFolder();
      const [first, second] = [join(folder, 'first'), join(folder, 'second')];
      const app = await deployed(server, serviceThatStarts(all.map((escape) => escape(first))));
      const before = await notedProcesses(first, all.length);
      expect(await howManyRun(before)).toBe(all.length);
      const next = await server.image(serviceThatStarts(all.map((escape) => escape(second))));
      await server.call('PUT', `/v2/apps/${app.id}`, { spec: specOf('shop', next, soon) });
      await server.settled(app.id);
      await noneRuns(before);
      const after = await notedProcesses(second, all.length);
      expect(await howManyRun(after)).toBe(all.length);
      expect((await server.run('stop')).code).toBe(0);
      expect(await howManyRun(after)).toBe(0);
    });

    if (process.env['NIGHTLY']) {
      it('at a stop after the server was killed', async () => {
        const server = await serverFolder();
        await server.ensure();
        const file = join(await temporaryFolder(), 'pids');
        await deployed(server, serviceThatStarts(all.map((escape) => escape(file))));
        const started = await notedProcesses(file, all.length);
        await server.killServer();
        expect((await server.run('stop')).stdout).toContain('are stopped');
        expect(await howManyRun(started)).toBe(0);
      });
    }

    it('when it crashes', async () => {
      const server = await serverFolder();
      await server.ensure();
      const file = join(await temporaryFolder(), 'pids');
      const app = await deployed(server, serviceThatStarts([escapes['a daemon'](file)]));
      const [daemon] = await notedProcesses(file, 1);
      process.kill(await pidAt(app), 'SIGKILL');
      await noneRuns([daemon as ProcessIdentity]);
      await notedProcesses(file, 1);
    });
  },
);

if (process.env['NIGHTLY']) {
  describe('the folder is deleted while the platform runs', { timeout: 90_000 }, () => {
    it('the next start ends all earlier processes, and uses the same port', async () => {
      const server = await serverFolder();
      await server.ensure();
      const { url, identity } = await server.record();
      const app = await deployed(server, serviceThatStarts([]));
      const service = await identityOf(await pidAt(app));
      await rm(server.directory, { recursive: true });
      expect(await server.start()).toMatchObject({ code: 0 });
      expect((await server.record()).url).toBe(url);
      expect(await howManyRun([identity, service])).toBe(0);
      expect(await kindsOf(server.directory)).toEqual(['ingress', 'server']);
      await server.stop();
      expect(await kindsOf(server.directory)).toEqual([]);
    });

    it.each([true, false])('a stop ends everything (with its server killed: %s)', async (killed) => {
      const server = await serverFolder();
      await server.ensure();
      await deployed(server, serviceThatStarts([]));
      expect(await kindsOf(server.directory)).toEqual(['ingress', 'instance', 'server']);
      if (killed) await server.killServer();
      await rm(server.directory, { recursive: true });
      expect((await server.run('stop')).stdout).toContain('are stopped');
      expect(await kindsOf(server.directory)).toEqual([]);
      expect((await server.run('stop')).stdout).toContain('No local platform runs');
    });
  });
}

it(
  'the next server finds everything that a killed server left, even without its records',
  { timeout: 90_000 },
  async () => {
    const server = await serverFolder();
    await server.ensure();
    const app = await deployed(server, serviceThatStarts([]));
    const ingress = await ingressProcess(server.directory);
    const service = await identityOf(await pidAt(app));
    await server.killServer();
    await rm(join(server.directory, 'ingress.json'));
    const run = join(server.directory, 'run');
    const records = (await readdir(run)).filter((name) => name.endsWith('.json'));
    expect(records).toHaveLength(1);
    for (const name of records) await rm(join(run, name));
    await server.ensure();
    const after = await eventually(() => server.settled(app.id));
    expect(after.live_url).toBe(app.live_url);
    await eventually(async () => {
      const pid = await pidAt(after).catch(() => service.pid);
      return Number.isInteger(pid) && pid !== service.pid ? true : undefined;
    });
    expect(await howManyRun([ingress.identity, service])).toBe(0);
    expect(await kindsOf(server.directory)).toEqual(['ingress', 'instance', 'server']);
  },
);

if (process.env['NIGHTLY']) {
  describe("other people's processes are not touched", { timeout: 90_000 }, () => {
    it('neither another platform, even one that a service started, nor a process that works in the folder', async () => {
      const [own, other] = [await serverFolder(), await serverFolder()];
      await own.ensure();
      await other.ensure();
      await deployed(other, serviceThatStarts([]));
      const inner = await serverFolder();
      const innerStart = [
        process.execPath,
        join(import.meta.dirname, '../../bin/local-platform.js'),
        'start',
      ];
      const start = [...daemonize, ...innerStart, '--directory', inner.directory];
      const app = await deployed(own, serviceThatStarts([start]));
      await eventually(async () => inner.record().catch(() => undefined));
      const watcher = spawn('tail', ['-f', join(own.directory, 'server.log')], {
        cwd: join(own.directory, 'run'),
      });
      afterwards(async () => void watcher.kill());
      const bystander = await identityOf(watcher.pid);
      await everythingThatEnds(own, app);
      expect(await kindsOf(own.directory)).toEqual([]);
      expect(await howManyRun([bystander, (await inner.record()).identity])).toBe(2);
      expect(await kindsOf(inner.directory)).toEqual(['ingress', 'server']);
      expect(await kindsOf(other.directory)).toEqual(['ingress', 'instance', 'server']);
    });
  });
}

/** Another version, a killed server, and a stop: everything that ends something. */
async function everythingThatEnds(own: ServerFolder, app: App): Promise<void> {
  const next = specOf('shop', await own.image(serviceThatStarts([])), soon);
  await own.call('PUT', `/v2/apps/${app.id}`, { spec: next });
  await own.settled(app.id);
  await own.killServer();
  await own.ensure();
  expect((await own.run('stop')).code).toBe(0);
}
