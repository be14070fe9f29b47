import { expect, it } from 'vitest';
import type { UsageAnswer } from '../page/answers.js';
import { ask, service } from '../testing/components.test.helper.js';
import { eventually, testPlatform } from '../testing/platform.test.helper.js';
import { receiver } from '../testing/receiver.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';

it('an alert about restarts is raised by a real crash, and told once', async () => {
  const test = await testPlatform();
  const { url, messages } = await receiver();
  const alert = { rule: 'RESTART_COUNT' as const, operator: 'GREATER_THAN' as const, value: 0 };
  const web = service('web', await test.image(goodService('one')), {
    alerts: [{ ...alert, window: 'FIVE_MINUTES' as const }],
  });
  const app = await test.deploy({ name: 'shop', services: [web] });
  const path = `/v2/apps/${app.id}/alerts`;
  const { alerts } = (await test.call<{ alerts: { id: string }[] }>('GET', path)).body;
  await test.call('POST', `${path}/${alerts[0]?.id}/destinations`, { slack_webhooks: [{ url }] });
  process.kill((await ask(app)).pid, 'SIGSEGV');
  await eventually(() => (messages.length > 0 ? true : undefined), 60_000);
  // Two more looks: it stays raised, and no one is notified again.
  const measured = async () => {
    const usage = (await test.call<UsageAnswer>('GET', `/page/apps/${app.id}/usage`)).body;
    return usage.components[0]?.memoryBytes.filter((bytes) => bytes !== null).length ?? 0;
  };
  const before = await measured();
  await eventually(async () => ((await measured()) >= before + 2 ? true : undefined), 60_000);
  expect(messages.map(({ text }) => text)).toEqual([
    'RESTART_COUNT of shop/web: web-0: 1 restart in 5 minutes, above 0',
  ]);
}, 150_000);
