import { expect, it } from 'vitest';
import { ask, isGone } from '../testing/components.test.helper.js';
import { ingressProcess } from '../testing/ingress-process.test.helper.js';
import { eventually, specOf, testPlatform } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';

it('is restarted at once when it is killed, and the live deployment is at its URL', async () => {
  const warnings: string[] = [];
  const test = await testPlatform({ ingressProcess: true, warn: (message) => void warnings.push(message) });
  const [one, two] = [await test.image(goodService('one')), await test.image(goodService('two'))];
  const app = await test.deploy(specOf('shop', one));
  const { pid } = await ask(app);
  // What is live now is not where it was when it went live.
  process.kill(pid, 'SIGKILL');
  const restarted = await eventually(async () => {
    const served = await ask(app).catch(() => undefined);
    return served && served.pid !== pid ? served.pid : undefined;
  });

  const first = await ingressProcess(test.directory);
  process.kill(first.identity.pid, 'SIGKILL');
  const second = await ingressProcess(test.directory, first);
  expect((await eventually(() => ask(app).catch(() => undefined))).pid).toBe(restarted);
  expect(warnings).toEqual([
    expect.stringContaining("The process that serves the apps' addresses is restarted"),
  ]);

  expect((await test.redeploy(app.id, specOf('shop', two))).phase).toBe('ACTIVE');
  expect(await ask(app)).toMatchObject({ version: 'two' });
  await test.platform.close();
  await isGone(second.identity.pid);
});
