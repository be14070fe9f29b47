import type { App } from '@odoobo/app-platform/spec';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { serverFolder } from '../testing/cli.test.helper.js';
import { service } from '../testing/components.test.helper.js';
import { eventually } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';
import { between, load } from './autoscaled.test.helper.js';
import { periodMs } from './load-watch.js';

/** Runs the built command line; it must be built first (`npx tsc -b`). */
it(
  'adopts the instances that autoscaling has started, after a crash of the platform',
  { timeout: 90_000 },
  async () => {
    const server = await serverFolder();
    await server.ensure();
    const digest = await server.image(goodService('web'));
    const web = service('web', digest, between(1, 2, { requests_per_second: { per_instance: 5 } }));
    const app = await server.settled((await server.create({ name: 'shop', services: [web] })).id);
    const busy = load(app, 50);
    const places = async () =>
      (await readdir(join(server.directory, 'run'))).filter((name) => name.endsWith('.json')).length;
    await eventually(async () => (await places()) === 2 || undefined, 3 * periodMs);
    await eventually(async () => (await pids(app)).size === 2 || undefined);
    const before = await pids(app);
    await server.killServer();
    await server.ensure();
    expect(await pids(app)).toEqual(before);
    expect(await busy.stop()).toEqual([200]);
    await server.stop();
  },
);

async function pids(app: App): Promise<Set<number>> {
  const answers = Array.from({ length: 12 }, async () => (await fetch(app.live_url ?? '')).json());
  return new Set((await Promise.all(answers)).map((answer) => (answer as { pid: number }).pid).sort());
}
