import { canListen } from '@odoobo/machine/network';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ask, service } from '../testing/components.test.helper.js';
import { eventually, testPlatform } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';

/** The next ports are refused by browsers and by fetch. */
const beforeBlocked = [10_079, 6664, 5059, 4189];

async function freeBeforeBlocked(): Promise<number> {
  for (const port of beforeBlocked) if (await canListen(port)) return port;
  throw new Error(`Something listens on each of the ports ${beforeBlocked.join(', ')}.`);
}

it('gives no app a port that browsers refuse, and another one to an app that has such a port', async () => {
  const port = await freeBeforeBlocked();
  const warnings: string[] = [];
  const test = await testPlatform({ port, warn: (message) => warnings.push(message) });
  const web = service('web', await test.image(goodService('one')));
  const app = await test.deploy({ name: 'shop', services: [web] });
  const { id } = app;
  expect((await ask(app)).version).toBe('one');

  await test.platform.close();
  const file = join(test.directory, 'apps', `${id}.json`);
  const record = JSON.parse(await readFile(file, 'utf8')) as { port: number };
  expect(record.port).toBeGreaterThan(port + 1);
  await writeFile(file, JSON.stringify({ ...record, port: port + 1 }));

  const { directory } = test;
  const again = await testPlatform({ directory, port, warn: (message) => warnings.push(message) });
  await eventually(async () => ((await ask(await again.app(id))).version === 'one' ? true : undefined));
  expect(warnings).toEqual([
    `Port ${port + 1} of app "shop" is refused by browsers; the app gets a new URL.`,
  ]);
});
