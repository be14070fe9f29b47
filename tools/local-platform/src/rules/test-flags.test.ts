import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serverFolder } from '../testing/cli.test.helper.js';
import { callApi, eventually, noDigest, specOf } from '../testing/platform.test.helper.js';

describe('a server for tests', () => {
  it('simulates deployments, injects faults, limits and logs calls, as its flags say', async () => {
    const server = await serverFolder();
    const log = join(server.directory, 'calls.jsonl');
    const started = await server.start(
      ...['--simulate', 'build=10ms deploy=10ms', '--simulate', 'bad-* fails=deploy'],
      ...['--fault', 'DELETE /v2/apps/* 503 x1', '--rate-limit', '200/300', '--request-log', log],
    );
    expect(started).toMatchObject({ code: 0 });
    const good = await server.settled((await server.create(specOf('good', noDigest))).id);
    expect((await (await fetch(good.live_url ?? '')).json()) as unknown).toMatchObject({ digest: noDigest });
    const bad = await server.settled((await server.create(specOf('bad-one', noDigest))).id);
    expect(bad.active_deployment).toBeUndefined();
    const record = await server.record();
    const remove = () => callApi(record, 'DELETE', `/v2/apps/${bad.id}`);
    expect(await remove()).toMatchObject({ status: 503, body: { id: 'server_error' } });
    const { status, headers } = await remove();
    expect([status, headers.get('ratelimit-limit')]).toEqual([200, '300']);
    await eventually(async () => ((await readFile(log, 'utf8')).includes('"status":503') ? true : undefined));
    // A running server keeps its behaviour.
    const again = await server.start('--rate-limit', 'real');
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(
      /is already running, and --rate-limit=real applies only when it is started.*stop/,
    );
    expect((await server.start()).stdout).toContain('already runs');
  });

  const wrong: [string, string, string][] = [
    ['--simulate', 'build=2', 'Simulation "build=2"'],
    ['--fault', 'PUT', 'Fault "PUT"'],
    [
      '--rate-limit',
      '250',
      '--rate-limit: expected real, or calls per minute and per hour such as 250/5000, got "250"',
    ],
  ];
  it.each(process.env['NIGHTLY'] ? wrong : wrong.slice(0, 1))(
    'does not start with %s %s, and says why',
    async (flag, value, message) => {
      const server = await serverFolder();
      const { code, stderr } = await server.start(flag, value);
      expect(code).toBe(2);
      expect(stderr).toContain(message);
      expect((await server.run('status')).stdout).not.toContain('runs at');
    },
  );
});
