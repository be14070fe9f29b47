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
    const pids = new Set<number>();
    await eventually(async () => pids.add((await ask(app)).pid).size === 3 || undefined);
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
});
