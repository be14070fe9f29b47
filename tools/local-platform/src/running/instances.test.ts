import type { App } from '@odoobo/app-platform/spec';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ask, isGone, keepAsking, scalable, service, worker } from '../testing/components.test.helper.js';
import { eventually, testPlatform } from '../testing/platform.test.helper.js';
import { goodService, hangingService, mortalService } from '../testing/services.test.helper.js';

/** The processes that answer: asks until nothing new came for a while. */
async function servingPids(app: App): Promise<Set<number>> {
  const answers = Array.from({ length: 40 }, () => ask(app));
  return new Set((await Promise.all(answers)).map(({ pid }) => pid));
}

const three = { ...scalable, instance_count: 3 };

describe('a service of several instances', () => {
  it('is balanced over all of them, and loses no request when one is killed and restarted', async () => {
    const test = await testPlatform();
    const spec = { name: 'shop', services: [service('web', await test.image(goodService('one')), three)] };
    const app = await test.deploy(spec);
    const before = await servingPids(app);
    expect(before.size).toBe(3);
    const [killed = 0, ...others] = before;
    const load = keepAsking(app.live_url ?? '');
    process.kill(killed, 'SIGKILL');
    const after = await eventually(async () => {
      const pids = await servingPids(app);
      return pids.size === 3 && !pids.has(killed) ? pids : undefined;
    });
    expect(await load.stop()).toEqual(new Set([200]));
    for (const pid of others) expect(after).toContain(pid);
    expect(await test.log(app.id, 'RUN')).toMatch(/web-\d ended by SIGKILL; it is restarted/);
    expect(await test.log(app.id, 'RUN')).toContain('one is up');
  });

  it('is listed, and its health shows its resource use', async () => {
    const test = await testPlatform();
    const busy = `const until = () => { for (const end = Date.now() + 50; Date.now() < end;); }; setInterval(until, 1);`;
    const app = await test.deploy({
      name: 'shop',
      services: [service('web', await test.image(goodService('one')), three)],
      workers: [worker('mail', await test.image(busy))],
    });
    const { body } = await test.call<{ instances: { component_name: string; component_type: string }[] }>(
      'GET',
      `/v2/apps/${app.id}/instances`,
    );
    const kinds = body.instances.map((one) => `${one.component_name} ${one.component_type}`);
    expect(kinds).toEqual(['web SERVICE', 'web SERVICE', 'web SERVICE', 'mail WORKER']);
    const health = async () => {
      const { body } = await test.call<{ app_health: { components: Record<string, number | string>[] } }>(
        'GET',
        `/v2/apps/${app.id}/health`,
      );
      return body.app_health.components;
    };
    const [web] = await health();
    expect(web).toMatchObject({ name: 'web', state: 'HEALTHY', replicas_desired: 3, replicas_ready: 3 });
    expect(web?.['memory_usage_percent']).toBeGreaterThan(0.5);
    // On a busy machine it gets its part of a processor only in time.
    await expect.poll(async () => (await health())[1]?.['cpu_usage_percent']).toBeGreaterThan(10);
  });

  it('runs the minimum of autoscaling', async () => {
    const test = await testPlatform();
    const autoscaling = { min_instance_count: 2, max_instance_count: 5, metrics: { cpu: { percent: 50 } } };
    const size = { instance_size_slug: 'apps-d-1vcpu-1gb' as const };
    const web = service('web', await test.image(goodService('one')), { ...size, autoscaling });
    const app = await test.deploy({ name: 'shop', services: [web] });
    expect((await servingPids(app)).size).toBe(2);
  });
});

describe('a liveness check', () => {
  const soon = { http_path: '/alive', initial_delay_seconds: 0, period_seconds: 1, failure_threshold: 2 };

  it('restarts the service when it fails, and keeps its log', async () => {
    const test = await testPlatform();
    const image = await test.image(mortalService('one'));
    const app = await test.deploy({
      name: 'shop',
      services: [service('web', image, { liveness_health_check: soon })],
    });
    const { pid } = await ask(app);
    await ask(app, '/sicken');
    const again = await eventually(async () => {
      const answer = await ask(app);
      return answer.version === 'one' && answer.pid !== pid ? answer : undefined;
    });
    await isGone(pid);
    const run = await test.log(app.id, 'RUN');
    expect(run).toMatch(
      /failed 2 liveness checks in a row; at the last, GET \/alive .* answered 500.*; it is restarted/,
    );
    await eventually(async () =>
      (await test.log(app.id, 'RUN')).includes(`process ${again.pid}`) ? true : undefined,
    );
    expect(run).not.toContain(`process ${pid}`);
    expect(await test.log(app.id, 'RUN_RESTARTED')).toContain(`one is up, process ${pid}`);
  });

  it("of a worker uses the worker's assigned port", async () => {
    const test = await testPlatform();
    const ledger = join(test.directory, 'ledger');
    const source = `
      import { appendFileSync } from 'node:fs';
      appendFileSync(process.env.LEDGER, process.pid + ' ' + process.env.PORT + '\\n');
      ${mortalService('worker')}
    `;
    const check = { ...soon, port: 9000 };
    const mail = worker('mail', await test.image(source), {
      liveness_health_check: check,
      envs: [{ key: 'LEDGER', value: ledger }],
    });
    await test.deploy({ name: 'shop', workers: [mail] });
    const lines = async () => (await readFile(ledger, 'utf8')).trimEnd().split('\n');
    const [pid, port] = (await lines())[0]?.split(' ') ?? [];
    await fetch(`http://127.0.0.1:${port}/sicken`);
    await isGone(Number(pid));
    const next = await eventually(async () => (await lines())[1]);
    expect(next.split(' ')[1]).toBe(port);
  });
});

describe('termination', () => {
  it('gives each component its own grace period: one that ignores SIGTERM is killed after it, one that obeys ends at once', async () => {
    const test = await testPlatform();
    const stubborn = worker('stubborn', await test.image(hangingService), {
      termination: { grace_period_seconds: 3 },
    });
    const web = service('web', await test.image(goodService('one')));
    const app = await test.deploy({ name: 'shop', services: [web], workers: [stubborn] });
    const { pid } = await ask(app);
    const stubbornPid = await pidOf(test.directory, `${app.active_deployment?.id}.stubborn.0`);
    await test.redeploy(app.id, { name: 'shop', services: [web] });
    const since = performance.now();
    await isGone(pid);
    const webEnded = performance.now() - since;
    await isGone(stubbornPid);
    const ended = performance.now() - since;
    expect(webEnded).toBeLessThan(ended);
    expect(ended).toBeGreaterThan(1000);
  });
});

describe('a service that is replaced', () => {
  it('gets SIGTERM after its own drain time, before another service of the app with a longer one', async () => {
    const test = await testPlatform();
    const ledger = join(test.directory, 'ledger');
    const stream = `
      import { createServer } from 'node:http';
      import { appendFileSync } from 'node:fs';
      const server = createServer((request, response) => {
        if (request.url === '/stream') response.write('begun'); else response.end('{}');
      });
      server.listen(process.env.PORT, process.env.HOST);
      process.on('SIGTERM', () => { appendFileSync(process.env.LEDGER, process.env.NAME + ' '); process.exit(0); });
    `;
    const image = await test.image(stream);
    const draining = (name: string, seconds: number) =>
      service(name, image, {
        termination: { drain_seconds: seconds, grace_period_seconds: 1 },
        envs: [
          { key: 'LEDGER', value: ledger },
          { key: 'NAME', value: name },
        ],
      });
    const spec = { name: 'shop', services: [draining('hasty', 1), draining('patient', 4)] };
    const app = await test.deploy(spec);
    await Promise.all(['/stream', '/patient/stream'].map((path) => fetch(`${app.live_url}${path}`)));
    await test.redeploy(app.id, spec);
    const noted = () => readFile(ledger, 'utf8').catch(() => '');
    expect(await eventually(async () => (await noted()) || undefined)).toBe('hasty ');
    await eventually(async () => ((await noted()) === 'hasty patient ' ? true : undefined));
  });
});

async function pidOf(directory: string, place: string): Promise<number> {
  const record = JSON.parse(await readFile(join(directory, 'run', `${place}.json`), 'utf8')) as {
    identity: { pid: number };
  };
  return record.identity.pid;
}
