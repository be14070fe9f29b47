import { once } from 'node:events';
import { mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TestRepository } from './sources/repository.test.helper.js';
import { cli, cliStream, serverFolder, terminal } from './testing/cli.test.helper.js';
import { eventually, specOf, temporaryFolder } from './testing/platform.test.helper.js';
import { crashingService, goodService } from './testing/services.test.helper.js';

describe('the command line', () => {
  it('shows the apps as a table and as JSON', async () => {
    const server = await serverFolder();
    await server.ensure();
    const digest = await server.image(goodService('one'));
    const { id } = await server.create(specOf('shop', digest));
    const { live_url: url } = await server.settled(id);
    const broken = await server.image(crashingService);
    await server.call('PUT', `/v2/apps/${id}`, { spec: specOf('shop', broken) });
    await server.settled(id);
    const { stdout } = await server.run('status');
    expect(stdout).toMatch(/APP +PHASE +URL +DIGEST +SINCE\n/);
    expect(stdout).toMatch(
      new RegExp(`shop +ACTIVE, newest ERROR +${url} +${digest.slice(7, 19)} +\\d+ s ago`),
    );
    expect(stdout).not.toContain('\u001b');
    const json = JSON.parse((await server.run('status', '--json')).stdout) as Record<string, unknown>;
    expect(json).toMatchObject({ running: true, apps: [{ name: 'shop', url, digest }] });
  });

  if (process.env['NIGHTLY']) {
    it('prints the token on a terminal only, in the link to the page', async () => {
      const server = await serverFolder();
      const started = await server.start();
      const { url, token } = await server.record();
      expect(await terminal(['status', '--directory', server.directory])).toContain(`${url}/#token=${token}`);
      expect(await terminal(['start', '--directory', server.directory])).toContain(`${url}/#token=${token}`);
      for (const { stdout } of [started, await server.run('status'), await server.run('status', '--json')]) {
        expect(stdout).toContain(url);
        expect(stdout).not.toContain(token);
      }
    });
  }

  it('prints logs without secrets, and follows them', async () => {
    const server = await serverFolder();
    await server.ensure();
    const envs = [{ key: 'TOKEN', type: 'SECRET' as const, value: 'hunter2' }];
    // In red.
    const source = goodService(String.raw`\u001b[31mone\u001b[0m`);
    const { id } = await server.create(specOf('shop', await server.image(source), { envs }));
    const app = await server.settled(id);
    const tail = (await server.run('logs', 'shop')).stdout;
    expect(tail).toMatch(/^web \S+Z one is up with \[REDACTED\]\n$/);
    expect((await server.run('logs', 'shop', '--raw')).stdout).toContain(
      ' \u001b[31mone\u001b[0m is up with [REDACTED]\n',
    );
    expect((await server.run('logs', 'shop', '--type', 'deploy')).stdout).toContain(
      `live at ${app.live_url}`,
    );
    const follower = cliStream(['logs', 'shop', '--follow', '--directory', server.directory]);
    let shown = '';
    follower.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
    await eventually(() => (shown.includes('is up') ? true : undefined));
    expect(shown).toBe(tail);
    await fetch(`${app.live_url}/exit`).catch(() => undefined);
    await eventually(() => (shown.split('is up').length === 3 ? true : undefined));
    expect(shown).not.toContain('\u001b');
    // The end of the app is the end of its log.
    const ended = once(follower, 'exit');
    await server.call('DELETE', `/v2/apps/${id}`);
    expect((await ended)[0]).toBe(0);
    const unknown = await server.run('logs', 'shop');
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('no app "shop"') as string });
  });

  if (process.env['NIGHTLY']) {
    it('reports at startup which secrets it can no longer read', async () => {
      const server = await serverFolder();
      await server.ensure();
      const envs = [{ key: 'TOKEN', type: 'SECRET' as const, value: 'hunter2000' }];
      const spec = specOf('shop', await server.image(goodService('one')), { envs });
      const { id } = await server.create(spec);
      await server.settled(id);
      await server.stop();
      await rm(join(server.directory, 'key'));
      const { code, stderr } = await server.start();
      expect(code).toBe(0);
      expect(stderr).toMatch(
        /^! App "shop": these secrets cannot be read, because .*key is not the key .*: TOKEN of web\. /,
      );
      expect(await readFile(join(server.directory, 'server.log'), 'utf8')).toContain('TOKEN of web');
      // Sent again, it is there again.
      await server.call('PUT', `/v2/apps/${id}`, { spec });
      const { live_url: url = '' } = await server.settled(id);
      expect(((await (await fetch(url)).json()) as { env: object }).env).toMatchObject({
        TOKEN: 'hunter2000',
      });
    });
  }

  it('resets only with --yes', async () => {
    const server = await serverFolder();
    await server.ensure();
    await writeFile(join(server.directory, 'mine.txt'), 'mine');
    expect((await server.run('reset')).stdout).toContain('Nothing was deleted');
    expect((await server.run('status')).code).toBe(0);
    expect((await server.run('reset', '--yes')).code).toBe(0);
    expect(await readdir(server.directory)).toEqual(['mine.txt']);
  });

  it('uses the folder of the enclosing workspace', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'packages/one'), { recursive: true });
    await writeFile(join(root, 'packages/one/package.json'), '{}');
    await writeFile(join(root, 'package.json'), '{"workspaces":["packages/*"]}');
    const { stdout } = await cli(['status'], join(root, 'packages/one'));
    expect(stdout).toContain(join(root, '.local-platform'));
  });
});

it('uses the platform of the main checkout in a linked worktree', async () => {
  const repository = await TestRepository.create({ 'nx.json': '{}' });
  const linked = join(await temporaryFolder(), 'linked');
  await repository.git('worktree', 'add', '--quiet', linked, '-b', 'skill/shop');
  const platform = join(await realpath(repository.clone), '.local-platform');
  await mkdir(platform);
  await writeFile(join(platform, 'mine.txt'), 'mine');
  const { stderr, stdout } = await cli(['status'], linked);
  expect(`${stdout}${stderr}`).toContain(platform);
});
