import { isAlive, type ProcessIdentity } from '@odoobo/machine/process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { serverFolder } from '../testing/cli.test.helper.js';
import { ask, isGone, scalable, service } from '../testing/components.test.helper.js';
import { eventually } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';

/** Runs the built command line; it must be built first (`npx tsc -b`). */
it(
  'after a crash of the platform, it adopts every instance of every component and restarts dead ones',
  { timeout: 60_000 },
  async () => {
    const server = await serverFolder();
    await server.ensure();
    const two = { ...scalable, instance_count: 2 };
    const { id } = await server.create({
      name: 'shop',
      services: [
        service('web', await server.image(goodService('web')), two),
        service('api', await server.image(goodService('api')), {
          ...two,
          envs: [{ key: 'WEB', value: '${web.PRIVATE_URL}' }],
        }),
      ],
    });
    const app = await server.settled(id);
    const before = await recorded(server.directory);
    expect(before.map(({ place }) => place)).toEqual(['api.0', 'api.1', 'web.0', 'web.1']);
    await server.killServer();
    const [dead, ...alive] = before.toReversed();
    process.kill(dead?.identity.pid ?? 0, 'SIGKILL');
    await server.ensure();
    const after = await eventually(async () => {
      const now = await recorded(server.directory);
      return now.length === 4 && now.every(({ identity }) => identity.pid !== dead?.identity.pid)
        ? now
        : undefined;
    });
    for (const instance of alive) expect(after).toContainEqual(instance);
    for (const { identity } of after) expect(await isAlive(identity)).toBe(true);
    const restarted = after.find(({ place }) => place === dead?.place);
    expect(restarted?.port).toBe(dead?.port);
    expect(new URL((await ask(app, '/api')).env['WEB'] ?? '').port).toBe(String(port(after, 'web.0')));
    // The one that died takes its share again.
    await eventually(async () => ((await ask(app)).pid === restarted?.identity.pid ? true : undefined));
    await server.stop();
    for (const { identity } of after) await isGone(identity.pid);
  },
);

interface Recorded {
  place: string;
  port: number;
  identity: ProcessIdentity;
}

/** The instances whose processes are recorded, such as `web.1`, in order. */
async function recorded(directory: string): Promise<Recorded[]> {
  const run = join(directory, 'run');
  const files = (await readdir(run)).filter((name) => name.endsWith('.json'));
  const records = await Promise.all(
    files.map(async (name): Promise<Recorded | undefined> => {
      const record = JSON.parse(
        await readFile(join(run, name), 'utf8').catch(() => '{}'),
      ) as Partial<Recorded>;
      if (!record.identity || record.port === undefined) return undefined;
      const { identity, port: its } = record;
      return { place: name.split('.').slice(1, 3).join('.'), port: its, identity };
    }),
  );
  return records.filter((one) => one !== undefined).sort((a, b) => a.place.localeCompare(b.place));
}

function port(instances: readonly Recorded[], place: string): number | undefined {
  return instances.find((one) => one.place === place)?.port;
}
