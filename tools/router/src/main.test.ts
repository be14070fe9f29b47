import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listening, start } from './program.test.helper.js';
import { answering, secret, send, startService } from './router.test.helper.js';

describe('the program', () => {
  it('reads its file again on SIGHUP, keeps what it has when that is wrong, and finishes on SIGTERM', async () => {
    let answer: (() => void) | undefined;
    const slow = await startService((request, response) => {
      if (request.url === '/slow') answer = () => response.end('late');
      else response.end('live');
    });
    const canary = await answering('canary');
    const folder = await mkdtemp(join(tmpdir(), 'router-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'router.json');
    const write = (weight: number) =>
      writeFile(file, JSON.stringify({ rollout: 'one', live: slow.url, canary, weight }));
    await write(0);
    const { child, port, events } = await listening({ ROUTER_CONFIG_FILE: file });
    expect((await send({ port })).body).toBe('live');

    await write(100);
    child.kill('SIGHUP');
    await expect.poll(() => events().at(-1)).toMatchObject({ event: 'configured', weight: 100 });
    expect((await send({ port })).body).toBe('canary');
    await write(101);
    child.kill('SIGHUP');
    await expect
      .poll(() => events().at(-1))
      .toMatchObject({
        event: 'not configured',
        message: `${file}: weight: Too big: expected number to be <=100`,
      });
    expect((await send({ port })).body).toBe('canary');

    await write(0);
    child.kill('SIGHUP');
    await expect.poll(() => events().at(-1)).toMatchObject({ event: 'configured', weight: 0 });
    const late = send({ port }, { path: '/slow' });
    await once(slow.server, 'request');
    child.kill('SIGTERM');
    await expect.poll(() => events().at(-1)).toMatchObject({ event: 'stopping' });
    answer?.();
    expect((await late).body).toBe('late');
    await once(child, 'exit');
    expect(child.exitCode).toBe(0);
    expect(events().at(-1)).toMatchObject({ event: 'state', variants: { canary: { requests: 2 } } });
    expect(events().at(-1)).not.toHaveProperty('history');
    expect(JSON.stringify(events())).not.toContain(secret);
  });

  it.each([
    ['no configuration', {}, 'Set ROUTER_CONFIG to the configuration, or ROUTER_CONFIG_FILE to its file.'],
    ['no secret', { ROUTER_SECRET: '' }, 'ROUTER_SECRET: expected a secret of at least 16 characters.'],
    [
      'everything wrong',
      {
        ROUTER_CONFIG: JSON.stringify({
          rollout: 'one',
          live: 'shop:80',
          canary: 'http://c',
          weight: 0.05,
          step: [],
        }),
      },
      'ROUTER_CONFIG: live: expected the URL of a service without a path, such as http://shop:8080\n' +
        'ROUTER_CONFIG: weight: expected a percentage to a tenth, such as 0.5\n' +
        'ROUTER_CONFIG: (all): Unrecognized key: "step"',
    ],
  ])('with %s ends with a message that names it', async (_, env, message) => {
    const { child, events } = await start(env);
    await once(child, 'exit');
    expect(child.exitCode).toBe(1);
    expect(events()).toEqual([expect.objectContaining({ event: 'failed', message })]);
  });
});
