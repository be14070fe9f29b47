import type { Deployment } from '@odoobo/app-platform/spec';
import { describe, expect, it } from 'vitest';
import { ask, isGone, job, keepAsking, service } from '../testing/components.test.helper.js';
import { eventually, testPlatform } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';

/** Takes 700 MB when it is asked to `/take`, in a child with a session of its own at `/take-by-child`. */
function greedyService(version: string): string {
  return `
    import { spawn } from 'node:child_process';
    import { createServer } from 'node:http';
    const held = [];
    const take = () => { for (let i = 0; i < 14; i++) held.push(Buffer.alloc(50_000_000, 1)); };
    if (process.argv[2] === 'take') {
      take();
      setInterval(() => held.length, 1000);
    } else {
      createServer((request, response) => {
        if (request.url === '/take') take();
        if (request.url === '/take-by-child') spawn(process.execPath, [process.argv[1], 'take'], { detached: true, stdio: 'ignore' });
        response.end(JSON.stringify({ version: '${version}', pid: process.pid }));
      }).listen(process.env.PORT, process.env.HOST);
      console.log('${version} is up');
    }
  `;
}

const takesAtOnce = `
  const held = Array.from({ length: 14 }, () => Buffer.alloc(50_000_000, 1));
  setInterval(() => held.length, 1000);
`;

const small = { instance_size_slug: 'apps-s-1vcpu-0.5gb' as const };

describe('a service that takes more memory than its instance size has', { timeout: 60_000 }, () => {
  it.each(process.env['NIGHTLY'] ? ['/take', '/take-by-child'] : ['/take'])(
    'is restarted when it is live, and says why (%s)',
    async (path) => {
      const test = await testPlatform();
      const [greedy, other] = [
        await test.image(greedyService('one')),
        await test.image(goodService('other')),
      ];
      const app = await test.deploy({ name: 'shop', services: [service('web', greedy, small)] });
      const neighbour = await test.deploy({ name: 'quiet', services: [service('web', other, small)] });
      const [before, beside] = [await ask(app), await ask(neighbour)];
      const load = keepAsking(neighbour.live_url ?? '');
      await ask(app, path);
      await isGone(before.pid);
      const isNew = ({ pid }: { pid?: number }) => pid !== undefined && pid !== before.pid;
      await eventually(async () => (isNew(await ask(app)) ? true : undefined), 20_000);
      const why =
        /the service was ended: ContainerOutOfMemory: it used \d+ MiB of memory, more than the 512 MiB/;
      expect(await test.log(app.id, 'RUN_RESTARTED')).toMatch(why);
      await eventually(async () => (why.test(await test.log(app.id, 'RUN')) ? true : undefined));
      expect(await load.stop()).toEqual(new Set([200]));
      expect((await ask(neighbour)).pid).toBe(beside.pid);
    },
  );

  if (process.env['NIGHTLY']) {
    it('gets as much as its size has', async () => {
      const test = await testPlatform();
      const size = { instance_size_slug: 'apps-s-1vcpu-1gb' as const };
      const app = await test.deploy({
        name: 'shop',
        services: [service('web', await test.image(greedyService('one')), size)],
      });
      const { pid } = await ask(app, '/take');
      // Longer than it takes until someone would have noticed.
      for (const end = Date.now() + 4_000; Date.now() < end;) expect((await ask(app)).pid).toBe(pid);
    });
  }
});

describe('a deployment whose memory is not enough', { timeout: 60_000 }, () => {
  it.each(process.env['NIGHTLY'] ? (['service', 'job'] as const) : (['service'] as const))(
    'fails with ContainerOutOfMemory (%s)',
    async (kind) => {
      const test = await testPlatform();
      const image = await test.image(takesAtOnce);
      const { id } = await test.deploy({
        name: 'shop',
        ...(kind === 'service'
          ? { services: [service('web', image, small)] }
          : { jobs: [job('web', 'PRE_DEPLOY', image, small)] }),
      });
      const { body } = await test.call<{ deployments: Deployment[] }>('GET', `/v2/apps/${id}/deployments`);
      const [failed] = body.deployments;
      expect(failed?.phase).toBe('ERROR');
      const step = failed?.progress?.summary_steps?.find(({ status }) => status === 'ERROR');
      expect(step?.reason?.code).toBe('ContainerOutOfMemory');
      expect(step?.reason?.message).toMatch(
        new RegExp(`^The ${kind} used \\d+ MiB of memory, more than the 512 MiB of its instance size`),
      );
    },
  );
});
