import { describe, expect, it } from 'vitest';
import { ask, isGone, service } from '../testing/components.test.helper.js';
import { eventually } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';
import { Autoscaled, between, load } from './autoscaled.test.helper.js';
import { steadyMs } from './steady-count.js';

describe('autoscaling', () => {
  it('follows a load that rises and falls by steps, up within two periods, down once, without a lost request', async () => {
    const scaled = await Autoscaled.start();
    const digest = await scaled.test.image(goodService('one'));
    const web = service('web', digest, between(1, 3, { requests_per_second: { per_instance: 10 } }));
    const app = await scaled.test.deploy({ name: 'shop', services: [web] });
    await scaled.period();
    const low = load(app, 4);
    await scaled.period();
    expect(await scaled.instances(app)).toEqual(['web-0']);
    // On a busy machine it is less, but more than 22.
    const high = load(app, 1000);
    await scaled.period();
    await scaled.period();
    expect(await scaled.settled(app, 3)).toEqual(['web-0', 'web-1', 'web-2']);
    const pids = new Set(
      (await Promise.all(Array.from({ length: 12 }, () => ask(app)))).map(({ pid }) => pid),
    );
    expect(pids.size).toBe(3);
    expect(await high.stop()).toEqual([200]);
    // The load has fallen, but only for a short time.
    await scaled.period();
    await scaled.period();
    expect(await scaled.instances(app)).toHaveLength(3);
    await scaled.period(steadyMs);
    expect(await scaled.settled(app, 1)).toEqual(['web-0']);
    const first = (await ask(app)).pid;
    for (const pid of pids) if (pid !== first) await isGone(pid);
    await scaled.period();
    expect(await low.stop()).toEqual([200]);
    await eventually(async () => (await scaled.events(app))[0]?.startsWith('SUCCEEDED') || undefined);
    expect(await scaled.events(app)).toEqual([
      'SUCCEEDED {"web":{"from":3,"to":1,"triggering_metric":"requests_per_second"}}',
      'SUCCEEDED {"web":{"from":1,"to":3,"triggering_metric":"requests_per_second"}}',
    ]);
    expect(await scaled.test.log(app.id, 'DEPLOY')).toMatch(
      /autoscaling: 3 instances instead of 1: \d+\.\d requests per second each, for a target of 10/,
    );
  });

  it('leaves by draining: a request in progress is answered by the instance that has it', async () => {
    const scaled = await Autoscaled.start();
    const slow = goodService('one').replace(
      "if (request.url === '/exit')",
      "if (request.url === '/slow') return void setTimeout(() => response.end('slow'), 700); if (request.url === '/exit')",
    );
    // It ends at once when it is asked to: only draining saves its requests.
    const hasty = slow.replace('server.close(() => process.exit(0))', 'process.exit(0)');
    const more = {
      ...between(1, 2, { requests_per_second: { per_instance: 5 } }),
      termination: { drain_seconds: 5 },
    };
    const app = await scaled.test.deploy({
      name: 'shop',
      services: [service('web', await scaled.test.image(hasty), more)],
    });
    await scaled.period();
    const busy = load(app, 50);
    await scaled.period();
    await scaled.settled(app, 2);
    expect(await busy.stop()).toEqual([200]);
    await scaled.period();
    const slowly = Array.from({ length: 6 }, async () => (await fetch(`${app.live_url}/slow`)).text());
    await scaled.period(steadyMs);
    await scaled.settled(app, 1);
    expect(new Set(await Promise.all(slowly))).toEqual(new Set(['slow']));
  });

  it('keeps its number of instances over a deployment', async () => {
    const scaled = await Autoscaled.start();
    const autoscaled = between(1, 2, { requests_per_second: { per_instance: 5 } });
    const spec = (digest: string) => ({ name: 'shop', services: [service('web', digest, autoscaled)] });
    const app = await scaled.test.deploy(spec(await scaled.test.image(goodService('one'))));
    await scaled.period();
    const busy = load(app, 50);
    await scaled.period();
    await scaled.settled(app, 2);
    await scaled.test.redeploy(app.id, spec(await scaled.test.image(goodService('two'))));
    expect(await scaled.instances(app)).toEqual(['web-0', 'web-1']);
    expect((await ask(app)).version).toBe('two');
    expect(await busy.stop()).toEqual([200]);
  });
});
