import { freePort } from '@odoobo/machine/network';
import { expect, it } from 'vitest';
import { ask, service } from '../testing/components.test.helper.js';
import { eventually, impatient, testPlatform } from '../testing/platform.test.helper.js';
import { crashingService, goodService } from '../testing/services.test.helper.js';

/** Like `goodService`, but on a port of its own. */
const fixedService = (version: string, port: number) =>
  goodService(version).replace('process.env.PORT, process.env.HOST', String(port));

it.skipIf(process.platform !== 'linux')(
  'a service that listens on its http_port whatever PORT says is found there, replaced, and comes back if that fails (needs Linux)',
  async () => {
    const test = await testPlatform();
    const port = await freePort();
    const specOf = async (name: string, source: string, failure_threshold = 20) => ({
      name,
      services: [
        service('web', await test.image(source), {
          http_port: port,
          health_check: { ...impatient, failure_threshold },
        }),
      ],
    });
    const app = await test.deploy(await specOf('shop', fixedService('one', port)));
    expect((await ask(app)).version).toBe('one');
    expect(await test.log(app.id, 'DEPLOY')).toContain(`web-0 listens on port ${port} instead of`);

    const other = await test.deploy(await specOf('other', fixedService('two', port)));
    const why = JSON.stringify((await test.call('GET', `/v2/apps/${other.id}/deployments`)).body);
    expect(why).toContain(`which \\"web\\" of app \\"shop\\" has on this machine.`);
    expect((await ask(app)).version).toBe('one');

    // The rest of a service runs on, and listens elsewhere.
    const rest = `import { createServer as other } from 'node:net';
      process.once('uncaughtException', console.error);
      other().listen(0);`;
    const several = await test.deploy(await specOf('several', `${rest}\n${fixedService('two', port)}`, 3));
    const told = JSON.stringify((await test.call('GET', `/v2/apps/${several.id}/deployments`)).body);
    expect(told).toContain(`which \\"web\\" of app \\"shop\\" has on this machine.`);
    expect((await ask(app)).version).toBe('one');

    await test.redeploy(app.id, await specOf('shop', fixedService('three', port)));
    expect((await ask(app)).version).toBe('three');
    const failed = await test.redeploy(app.id, await specOf('shop', crashingService));
    expect(failed.phase).toBe('ERROR');
    const back = await eventually(async () => {
      const reply = await fetch(app.live_url ?? '');
      return reply.ok ? reply.text() : undefined;
    });
    expect(back).toContain('three');
  },
  60_000,
);
