import type { App } from '@odoobo/app-platform/spec';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RestartsAnswer, VitalsAnswer } from '../page/answers.js';
import { serverFolder } from '../testing/cli.test.helper.js';
import { ask, isGone, scalable, service, worker } from '../testing/components.test.helper.js';
import { openLiveLog } from '../testing/live-log.test.helper.js';
import { eventually, type TestPlatform, testPlatform } from '../testing/platform.test.helper.js';

/** Ends in the way that is asked for by the path; `/sicken` lets `/alive` fail. */
const mortal = (version: string) => `
  import { createServer } from 'node:http';
  let alive = true;
  const ends = {
    '/throw': () => setImmediate(() => { throw new TypeError('no database with ' + process.env.TOKEN); }),
    '/exit': () => { console.error('ERROR cannot go on'); process.exit(3); },
    '/silent': () => process.exit(3),
    '/done': () => process.exit(0),
    '/signal': () => process.kill(process.pid, 'SIGSEGV'),
    '/sicken': () => { alive = false; },
  };
  createServer((request, response) => {
    if (request.url === '/alive' && !alive) response.statusCode = 500;
    response.end(JSON.stringify({ version: '${version}', pid: process.pid, env: {} }), ends[request.url]);
  }).listen(process.env.PORT, process.env.HOST ?? '127.0.0.1');
  console.log('${version} is up, process ' + process.pid);
`;

const liveness = { http_path: '/alive', initial_delay_seconds: 0, period_seconds: 1, failure_threshold: 1 };
const secret = [{ key: 'TOKEN', type: 'SECRET' as const, value: 'hunter2hunter2' }];

async function restartsOf(test: TestPlatform, { id }: App) {
  return (await test.call<VitalsAnswer>('GET', '/page/vitals')).body.apps[id]?.restarts;
}

function counted(test: TestPlatform, app: App, count: number) {
  return eventually(async () => {
    const restarts = await restartsOf(test, app);
    return restarts?.count === count ? restarts : undefined;
  }, 20_000);
}

/** Lets the instance that answers end, and waits until another one answers. */
async function crash(app: App, path: string): Promise<number> {
  const { pid } = await ask(app, path);
  await isGone(pid);
  await eventually(async () => {
    const next = await ask(app).catch(() => undefined);
    // Until then the platform itself answers.
    return next?.pid !== undefined && next.pid !== pid ? true : undefined;
  }, 20_000);
  return pid;
}

describe('a live service that ends', { timeout: 60_000 }, () => {
  const ends: [string, string | RegExp][] = [
    ['/throw', 'ended with code 1: TypeError: no database with [REDACTED]'],
    ['/exit', 'ended with code 3: ERROR cannot go on'],
    ['/silent', 'ended with code 3'],
    ['/done', 'ended with code 0'],
    ['/signal', 'ended by SIGSEGV'],
    ['/sicken', /^failed 1 liveness check.*answered 500/],
  ];
  it.each(process.env['NIGHTLY'] ? ends : ends.slice(0, 1))(
    'is counted with its cause in status, monitor and the page (%s)',
    async (path, cause) => {
      const test = await testPlatform();
      const web = service('web', await test.image(mortal('one')), {
        envs: secret,
        liveness_health_check: liveness,
      });
      const app = await test.deploy({ name: 'shop', services: [web] });
      expect(await restartsOf(test, app)).toBeUndefined();
      const since = new Date().toISOString();
      const pid = await crash(app, path);

      const expected = typeof cause === 'string' ? cause : (expect.stringMatching(cause) as string);
      const restarts = await counted(test, app, 1);
      expect(restarts).toMatchObject({ component: 'web', cause: expected });
      expect(restarts.at > since && restarts.at <= new Date().toISOString()).toBe(true);
      const { body } = await test.call<RestartsAnswer>('GET', '/page/restarts');
      expect(body.apps).toEqual({ [app.id]: restarts });

      const said = `[local-platform] the service ${restarts.cause}`;
      const restarted = await test.log(app.id, 'RUN_RESTARTED');
      expect(restarted.startsWith(`one is up, process ${pid}\n`)).toBe(true);
      expect(restarted.endsWith(`${said}\n`)).toBe(true);
      expect(restarted).not.toContain('hunter2');
      const hint = `${said}; it is restarted. Its last output: npx local-platform logs shop --type=restarted\n`;
      expect(await test.log(app.id, 'RUN')).toContain(hint);
      expect(await test.log(app.id, 'RUN')).not.toContain(`process ${pid}`);
    },
  );

  it('keeps the output of each process, oldest first, also in a tail and a live log', async () => {
    const test = await testPlatform();
    const web = service('web', await test.image(mortal('one')));
    const app = await test.deploy({ name: 'shop', services: [web] });
    const pids: number[] = [];
    for (const path of ['/exit', '/throw', '/silent']) pids.push(await crash(app, path));
    await counted(test, app, 3);
    const lines = (await test.log(app.id, 'RUN_RESTARTED')).trimEnd().split('\n');
    const ups = lines.flatMap((line) => /up, process (\d+)/.exec(line)?.[1] ?? []);
    expect(ups).toEqual(pids.map(String));
    const ends = lines.filter((line) => /^\[local-platform\] the service ended (?!.*restarted)/.test(line));
    expect(ends.map((line) => line.replace('[local-platform] the service ', ''))).toEqual([
      'ended with code 3: ERROR cannot go on',
      'ended with code 1: TypeError: no database with undefined',
      'ended with code 3',
    ]);

    const path = `/v2/apps/${app.id}/logs?type=RUN_RESTARTED&tail_lines=4`;
    const { body } = await test.call<{ live_url: string; historic_urls: string[] }>(
      'GET',
      `${path}&follow=true`,
    );
    const tail = await (await fetch(body.historic_urls[0] ?? '')).text();
    expect(
      tail
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/^\S+ \S+Z /, '')),
    ).toEqual(lines.slice(-4));
    const live = openLiveLog(body.live_url);
    await eventually(() => (live.lines.length >= 4 ? true : undefined));
    expect(live.lines.join('')).toBe(tail);
    await crash(app, '/exit');
    await eventually(() => (live.lines.at(-1)?.includes('ended with code 3: ERROR') ? true : undefined));
  });

  it('keeps the end of a log that several instances share, and says which instance ended', async () => {
    const test = await testPlatform();
    const web = service('web', await test.image(mortal('one')), { ...scalable, instance_count: 2 });
    const app = await test.deploy({ name: 'shop', services: [web] });
    const { pid } = await ask(app, '/throw');
    await isGone(pid);
    const { cause } = await counted(test, app, 1);
    const restarted = await test.log(app.id, 'RUN_RESTARTED');
    expect(restarted).toContain(`one is up, process ${pid}\n`);
    expect(restarted).toContain('TypeError: no database');
    expect(restarted).toMatch(
      /\[local-platform\] web-[01] ended with code 1: TypeError: no database with undefined\n$/,
    );
    expect(cause).toBe('ended with code 1: TypeError: no database with undefined');
    expect(await test.log(app.id, 'RUN')).toContain(`one is up, process ${pid}\n`);
  });

  it('reports each failed restart, and keeps the cause of the first crash', async () => {
    const test = await testPlatform();
    const marker = join(test.directory, 'broken');
    const web = service(
      'web',
      await test.image(`
      import { existsSync, writeFileSync } from 'node:fs';
      if (existsSync(process.env.MARKER)) throw new Error('the disk is broken');
      writeFileSync(process.env.MARKER, '');
      ${mortal('one')}
    `),
      { envs: [{ key: 'MARKER', value: marker }] },
    );
    const app = await test.deploy({ name: 'shop', services: [web] });
    await ask(app, '/throw');
    const { cause } = await counted(test, app, 3);
    expect(cause).toBe(
      'could not be restarted: DeployContainerExitNonZero: The service exited with code 1 before it was healthy: ' +
        'Error: the disk is broken',
    );
    const restarted = await test.log(app.id, 'RUN_RESTARTED');
    expect(restarted).toContain('TypeError: no database');
    expect(restarted.split('Error: the disk is broken\n    at').length).toBeGreaterThan(1);
  });

  it('starts its count at 0 with each deployment, and does not count stops or replacements', async () => {
    const test = await testPlatform();
    const image = await test.image(mortal('one'));
    const app = await test.deploy({ name: 'shop', services: [service('web', image)] });
    await crash(app, '/silent');
    await counted(test, app, 1);
    const next = service('web', image, { envs: [{ key: 'NEW', value: 'yes' }] });
    await test.redeploy(app.id, { name: 'shop', services: [next] });
    expect(await restartsOf(test, app)).toBeUndefined();
  });
});

it('a worker in Python that ends says why', async () => {
  const test = await testPlatform();
  const source = `
    import { spawnSync } from 'node:child_process';
    setTimeout(() => {
      const { status } = spawnSync('python3', ['-c', 'raise KeyError("rate")'], { stdio: 'inherit' });
      process.exit(status);
    }, 1500);
  `;
  const app = await test.deploy({ name: 'mail', workers: [worker('mail', await test.image(source))] });
  const { component, cause } = await counted(test, app, 1);
  expect([component, cause]).toEqual(['mail', "ended with code 1: KeyError: 'rate'"]);
  expect(await test.log(app.id, 'RUN_RESTARTED')).toContain('Traceback (most recent call last):');
});

if (process.env['NIGHTLY']) {
  it('the command line still shows the restarts after the platform died, and what ended meanwhile', async () => {
    const server = await serverFolder();
    await server.ensure();
    const spec = { name: 'shop', services: [service('web', await server.image(mortal('one')))] };
    const app = await server.settled((await server.create(spec)).id);
    expect((await server.run('logs', 'shop', '--type=restarted')).stderr).toBe(
      'No process of shop was restarted since it went live.\n',
    );
    await crash(app, '/exit');
    const status = async () => (await server.run('status')).stdout;
    const restarted = (count: number) =>
      eventually(async () => {
        const { apps } = await server.call<RestartsAnswer>('GET', '/page/restarts');
        return apps[app.id]?.count === count || undefined;
      });
    await restarted(1);
    expect(await status()).toMatch(
      /shop was restarted once since it went live, last \d+ s ago: web ended with code 3: ERROR cannot go on/,
    );

    const before = (await server.run('logs', 'shop', '--type=restarted')).stdout;
    await server.killServer();
    const { pid } = await ask(app, '/throw');
    await isGone(pid);
    await server.ensure();
    await restarted(2);
    const after = await status();
    for (const said of [
      'restarted 2 times',
      'web ended while no platform was running: TypeError: no database with undefined',
      'npx local-platform logs shop --type=restarted',
    ])
      expect(after).toContain(said);
    const { stdout } = await server.run('logs', 'shop', '--type=restarted');
    // With the same times.
    expect(stdout.startsWith(before)).toBe(true);
    expect(stdout).toMatch(/^web \S+Z TypeError: no database with undefined\nweb \S+Z     at /m);
    expect(JSON.parse((await server.run('status', '--json')).stdout)).toMatchObject({
      apps: [{ name: 'shop', restarts: { count: 2, component: 'web' } }],
    });

    // What is stopped by a person has not crashed.
    await server.stop();
    await server.ensure();
    expect(await status()).toContain('restarted 2 times');
  }, 90_000);
}
