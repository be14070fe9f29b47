import { describe, expect, it } from 'vitest';
import { specOf, testPlatform } from '../testing/platform.test.helper.js';
import { crashingService, goodService } from '../testing/services.test.helper.js';

type Test = Awaited<ReturnType<typeof testPlatform>>;

async function scrape({ platform }: Test, accept = '*/*', token = platform.token): Promise<Response> {
  return fetch(`${platform.url}/metrics`, { headers: { accept, authorization: `Bearer ${token}` } });
}

/** The samples of some metrics: `name{labels}` and value. */
async function samples(test: Test, name: RegExp): Promise<Record<string, number>> {
  const lines = (await (await scrape(test)).text()).split('\n').filter((line) => name.test(line));
  return Object.fromEntries(
    lines.map((line) => [line.replace(/ \S+$/, ''), Number(line.replace(/^.* /, ''))]),
  );
}

describe('the metrics', () => {
  it('need the token, count towards no rate limit, and come in the format that Prometheus asks for', async () => {
    const manual = { progression: 'manual', rateLimit: { perMinute: 1, perHour: 1 } } as const;
    const test = await testPlatform(manual);
    expect((await scrape(test, '*/*', 'wrong')).status).toBe(401);
    for (let count = 0; count < 3; count += 1) expect((await scrape(test)).status).toBe(200);
    const open = await scrape(test, 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5');
    expect(open.headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1/);
    const text = await open.text();
    expect(text).toMatch(/\n# EOF\n$/);
    expect(text).toContain('# TYPE process_cpu_user_seconds counter\nprocess_cpu_user_seconds_total ');
    const plain = await scrape(test);
    expect(plain.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await plain.text()).toContain('# TYPE process_cpu_user_seconds_total counter\n');
  });

  it('count requests by app, component, instance and status, over a switch, with no label of a request', async () => {
    const test = await testPlatform();
    const app = await test.deploy(specOf('shop', await test.image(goodService('one'))));
    const ask = async (count: number) => {
      for (let n = 0; n < count; n += 1)
        await fetch(`${app.live_url}/${n}?secret=${n}`, {
          method: n % 2 ? 'POST' : 'GET',
          headers: { 'x-n': `${n}` },
        });
    };
    await ask(3);
    const before = await samples(test, /^app_/);
    const requests = 'app_requests_total{status="2xx",app="shop",component="web"}';
    expect(before[requests]).toBe(3);
    expect(before['app_request_duration_seconds_count{app="shop",component="web"}']).toBe(3);
    expect(before['app_instance_requests_total{app="shop",component="web",instance="web-0"}']).toBe(3);
    expect(before['app_deployments_total{app="shop",result="succeeded"}']).toBe(1);
    await test.redeploy(app.id, specOf('shop', await test.image(goodService('two'))));
    await ask(20);
    const after = await samples(test, /^app_/);
    expect(after[requests]).toBe(23);
    expect(after['app_deployments_total{app="shop",result="succeeded"}']).toBe(2);
    const series = (all: object) =>
      Object.keys(all)
        .filter((name) => !/le=|app_live_info/.test(name))
        .sort();
    // Measured a moment later: CPU and memory.
    expect(series(after).filter((name) => !/_percentage|_bytes|_restart_count/.test(name))).toEqual(
      series(before).filter((name) => !/_percentage|_bytes|_restart_count/.test(name)),
    );
  }, 20_000);

  it('count failed deployments, and say what an app costs', async () => {
    const test = await testPlatform();
    await test.deploy(
      specOf('broken', await test.image(crashingService), { instance_size_slug: 'apps-s-1vcpu-0.5gb' }),
    );
    const all = await samples(test, /^(app|local_platform)_/);
    expect(all['app_deployments_total{app="broken",result="failed"}']).toBe(1);
    expect(all['app_cost_dollars_per_month{app="broken"}']).toBe(5);
    expect(all).toMatchObject({ local_platform_apps: 1, local_platform_ingress_up: 1 });
  }, 20_000);
});
