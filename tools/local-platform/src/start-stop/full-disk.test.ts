import type { App, Deployment } from '@odoobo/app-platform/spec';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { marksOf } from '../process/platform-processes.js';
import { layoutOf } from '../state/layout.js';
import { type ServerFolder, serverFolder } from '../testing/cli.test.helper.js';
import { callApi, eventually, specOf, temporaryFolder } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';
import { canMount, SmallDisk } from '../testing/small-disk.test.helper.js';

const nightly = Boolean(process.env['NIGHTLY']);

/** A service like the good one that listens once a file is there. */
function waitingService(version: string, file: string): string {
  return `
    import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
    import { setTimeout as wait } from 'node:timers/promises';
    while (!existsSync(${JSON.stringify(file)})) await wait(20);
    ${goodService(version).replaceAll(/^ *import .*$/gm, '')}
  `.replace('import { existsSync', "import { createServer } from 'node:http';\n    import { existsSync");
}

/** Prints more than the disk holds, as soon as it is asked. */
const chattyService = `
  import { createServer } from 'node:http';
  createServer((request, response) => {
    if (request.url === '/chat') for (let i = 0; i < 400; i++) console.log('x'.repeat(8192));
    response.end(JSON.stringify({ version: 'chatty' }));
  }).listen(process.env.PORT, process.env.HOST);
`;

async function answerOf(app: App): Promise<unknown> {
  return ((await (await fetch(app.live_url ?? '')).json()) as { version: unknown }).version;
}

async function send(server: ServerFolder, method: string, path: string, body?: unknown) {
  return callApi<{ id: string; message: string; app: App }>(await server.record(), method, path, body);
}

async function deploymentsOf(server: ServerFolder, id: string): Promise<Deployment[]> {
  return (await server.call<{ deployments: Deployment[] }>('GET', `/v2/apps/${id}/deployments`)).deployments;
}

/** How many services run: each is recorded, with its process, until it has ended. */
async function services(server: ServerFolder): Promise<number> {
  const folder = join(server.directory, 'run');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const records = await Promise.all(
    files.map((name) => readFile(join(folder, name), 'utf8').catch(() => 'ended meanwhile')),
  );
  return records.filter((record) => record.includes('identity')).length;
}

/** A server on a disk of its own, with one app that is live, and a second version of it. */
async function liveOnSmallDisk(first: string, second: string) {
  const disk = await SmallDisk.mount();
  const server = await serverFolder(disk.folder);
  await server.ensure();
  const next = await server.image(second);
  const { id } = await server.create(specOf('shop', await server.image(first)));
  return { disk, server, app: await server.settled(id), next: specOf('shop', next) };
}

describe.skipIf(!canMount)('on a full disk (needs mount, as root on Linux)', { timeout: 60_000 }, () => {
  it('a call that would change something fails with a message and changes nothing; with free space it works again', async () => {
    const { disk, server, app, next } = await liveOnSmallDisk(goodService('one'), goodService('two'));
    const { identity } = await server.record();
    disk.fill();
    const update = await send(server, 'PUT', `/v2/apps/${app.id}`, { spec: next });
    expect(update).toMatchObject({ status: 500, body: { id: 'server_error' } });
    expect(update.body.message).toMatch(
      /App "shop" is unchanged: Could not write .*\.json\. Check the free space/,
    );
    const create = await send(server, 'POST', '/v2/apps', { spec: { ...next, name: 'other' } });
    expect(create.status).toBe(500);
    expect(await server.settled(app.id)).toEqual(app);
    expect((await send(server, 'GET', '/v2/apps')).body).toMatchObject({ meta: { total: 1 } });
    expect(await answerOf(app)).toBe('one');
    expect(await readdir(join(server.directory, 'apps'))).toEqual([`${app.id}.json`]);

    await disk.makeRoom();
    expect((await send(server, 'PUT', `/v2/apps/${app.id}`, { spec: next })).status).toBe(200);
    const after = await server.settled(app.id);
    expect([await answerOf(after), after.live_url]).toEqual(['two', app.live_url]);
    expect(await deploymentsOf(server, app.id)).toHaveLength(2);
    expect((await send(server, 'POST', '/v2/apps', { spec: { ...next, name: 'other' } })).status).toBe(200);
    expect((await server.record()).identity).toEqual(identity);
  });

  it('a deployment that cannot be recorded as live is not live, and leaves no process', async () => {
    const gate = join(await temporaryFolder(), 'go');
    const { disk, server, app, next } = await liveOnSmallDisk(
      goodService('one'),
      waitingService('two', gate),
    );
    const { body } = await send(server, 'PUT', `/v2/apps/${app.id}`, { spec: next });
    await eventually(async () => ((await services(server)) === 2 ? true : undefined));
    disk.fill();
    await writeFile(gate, '');
    await eventually(async () => {
      disk.fill();
      return (await services(server)) === 1 ? true : undefined;
    });
    expect(await answerOf(app)).toBe('one');

    await disk.makeRoom();
    const [newest] = await eventually(async () => {
      const deployments = await deploymentsOf(server, app.id);
      return deployments[0]?.phase === 'ERROR' ? deployments : undefined;
    });
    expect(newest?.id).toBe(body.app.pending_deployment?.id);
    await send(server, 'PUT', `/v2/apps/${app.id}`, { spec: next });
    expect(await answerOf(await server.settled(app.id))).toBe('two');
    await eventually(async () => ((await services(server)) === 1 ? true : undefined));
  });

  if (nightly) {
    it('a service that has filled the disk with its output keeps serving', async () => {
      const { server, app, next } = await liveOnSmallDisk(chattyService, goodService('two'));
      const { identity } = await server.record();
      await (await fetch(`${app.live_url}/chat`)).text();
      const log = (await readdir(join(server.directory, 'logs'), { recursive: true })).find((name) =>
        name.endsWith('run.log'),
      );
      const file = join(server.directory, 'logs', log ?? '');
      expect((await stat(file)).size).toBeGreaterThan(1_000_000);
      expect((await send(server, 'PUT', `/v2/apps/${app.id}`, { spec: next })).status).toBe(500);
      expect(await answerOf(app)).toBe('chatty');

      await writeFile(file, '');
      expect((await send(server, 'PUT', `/v2/apps/${app.id}`, { spec: next })).status).toBe(200);
      expect(await answerOf(await server.settled(app.id))).toBe('two');
      expect((await server.record()).identity).toEqual(identity);
    });

    it('an image is not imported, with a message, and nothing is left of it', async () => {
      const disk = await SmallDisk.mount();
      const server = await serverFolder(disk.folder);
      await server.image(goodService('one'));
      disk.fill();
      await expect(server.image(goodService('two'))).rejects.toThrow(
        /Could not write .*\/blobs\/sha256\/.* Check the free space/,
      );
      expect(await readdir(join(disk.folder, 'images/incoming'))).toEqual([]);
      await disk.makeRoom();
      expect(await server.image(goodService('two'))).toMatch(/^sha256:/);
    });

    it('a server does not start, with a message; with free space it does', async () => {
      const disk = await SmallDisk.mount();
      const server = await serverFolder(disk.folder);
      disk.fill();
      const { code, stderr } = await server.start();
      expect(code).toBe(1);
      expect(stderr).toMatch(/free space|no space left/i);
      expect(existsSync(join(disk.folder, 'key'))).toBe(false);
      await disk.makeRoom();
      expect(await server.start()).toMatchObject({ code: 0 });
      expect(await readFile(join(disk.folder, 'key'), 'utf8')).not.toBe('');
    });
  }
});

describe.skipIf(!canMount)(
  'a disk that cannot be written (needs mount, as root on Linux)',
  { timeout: 60_000 },
  () => {
    const cases: { what: string; killed: boolean; fill: (disk: SmallDisk) => void | Promise<void> }[] = [
      { what: 'full', killed: false, fill: (disk) => disk.fill() },
      { what: 'full', killed: true, fill: (disk) => disk.fill() },
      { what: 'out of inodes', killed: false, fill: (disk) => disk.fillWithFiles() },
      { what: 'read-only', killed: true, fill: (disk) => disk.makeReadOnly() },
    ];

    if (process.env['NIGHTLY']) {
      it.each(cases)(
        'does not prevent stop from stopping everything ($what, its server killed: $killed)',
        async ({ fill, killed }) => {
          const { disk, server } = await liveOnSmallDisk(goodService('one'), goodService('two'));
          await fill(disk);
          if (killed) await server.killServer();
          expect(await server.run('stop')).toMatchObject({
            code: 0,
            stdout: expect.stringContaining('are stopped') as string,
          });
          expect(await marksOf(layoutOf(server.directory))).toEqual([]);
          expect((await server.run('stop')).stdout).toContain('No local platform runs');
        },
      );

      it('does not prevent reset from freeing space', async () => {
        const { disk, server } = await liveOnSmallDisk(goodService('one'), goodService('two'));
        disk.fill();
        expect(await server.run('reset', '--yes')).toMatchObject({ code: 0 });
        expect(await marksOf(layoutOf(server.directory))).toEqual([]);
        expect(await readdir(server.directory)).toEqual(['filler']);
      });

      it('is reported by a reset that can delete nothing, with the path and what helps; everything is stopped', async () => {
        const { disk, server } = await liveOnSmallDisk(goodService('one'), goodService('two'));
        await disk.makeReadOnly();
        const { code, stderr } = await server.run('reset', '--yes');
        expect(code).toBe(1);
        expect(stderr).toMatch(
          /could not be deleted: the disk of .* is read-only \(EROFS\)\. Mount it writable/,
        );
        expect(stderr).toContain(server.directory);
        expect(await marksOf(layoutOf(server.directory))).toEqual([]);
      });
    }

    const reports: [string, (disk: SmallDisk) => void | Promise<void>, RegExp][] = [
      ['full', (disk: SmallDisk) => disk.fill(), /is full \(ENOSPC\)\. Make room there/],
      [
        'out of inodes',
        (disk: SmallDisk) => disk.fillWithFiles(),
        /has no inodes left.* \(ENOSPC\)\. Delete some there/,
      ],
      ['read-only', (disk: SmallDisk) => disk.makeReadOnly(), /is read-only \(EROFS\)\. Mount it writable/],
    ];
    it.each(nightly ? reports : reports.slice(0, 1))('is reported by start (%s)', async (_, fill, said) => {
      const disk = await SmallDisk.mount(100);
      const folder = join(disk.folder, 'platform');
      await fill(disk);
      const { code, stderr } = await (await serverFolder(folder)).start();
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(said) as string });
      expect(stderr).toContain(folder);
    });
  },
);

it.each(nightly ? [20, 40] : [40])(
  'a limit of open files that is too low is reported, with how to raise it (%i)',
  async (limit) => {
    const { directory } = await serverFolder();
    const bin = join(import.meta.dirname, '../../bin/local-platform.js');
    const line = `ulimit -n ${limit}; exec "$0" "$1" start --directory "$2"`;
    const started = promisify(execFile)('/bin/sh', ['-c', line, process.execPath, bin, directory]);
    await expect(started).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^local-platform: .* too many open files \(EMFILE\)\. Raise the limit.* ulimit -n 4096/,
      ) as string,
    });
  },
);
