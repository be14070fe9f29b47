import { withSchedule } from '@odoobo/app-platform/versions';
import { expect, it } from 'vitest';
import { keepAsking, scalable, service } from '../testing/components.test.helper.js';
import { eventually } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';
import { Autoscaled } from './autoscaled.test.helper.js';

it('archives a service at night and starts it in the morning, really, each with one deployment', async () => {
  const scaled = await Autoscaled.start();
  const { test } = scaled;
  const web = service('web', await test.image(goodService('one')), scalable);
  // The clock of the test begins at midnight.
  const app = await test.deploy(
    withSchedule({ name: 'shop', services: [web] }, [
      { cron: '0 1 * * *', zone: 'UTC', instances: 2 },
      { cron: '0 20 * * *', zone: 'UTC', archive: true },
    ]),
  );
  const refused = async () => {
    const answer = await fetch(app.live_url ?? '');
    return answer.status === 503 ? await answer.text() : undefined;
  };
  // It was archived the evening before.
  await scaled.period();
  expect(await eventually(refused)).toContain('App \\"shop\\" is archived: nothing of it runs.');
  await test.settled(app.id);
  expect(await scaled.instances(app)).toEqual([]);
  await scaled.period(3600_000);
  expect(await scaled.settled(app, 2)).toEqual(['web-0', 'web-1']);
  await test.settled(app.id);
  const load = keepAsking(app.live_url ?? '');
  await scaled.period(3600_000);
  expect(await load.stop()).toEqual(new Set([200]));
  const { body } = await test.call<{ deployments: unknown[] }>('GET', `/v2/apps/${app.id}/deployments`);
  expect(body.deployments).toHaveLength(3);
});
