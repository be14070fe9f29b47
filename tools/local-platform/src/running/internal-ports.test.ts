import { freePort } from '@odoobo/machine/network';
import { expect, it } from 'vitest';
import { ask, service } from '../testing/components.test.helper.js';
import { eventually, impatient, testPlatform } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';

/** Answers with what the services behind it answer. */
const front = `
  import { createServer } from 'node:http';
  createServer(async (request, response) => {
    if (request.url !== '/all') return void response.end('healthy');
    const urls = process.env.BEHIND.split(',');
    const answers = await Promise.all(urls.map(async (url) => (await (await fetch(url)).json()).version));
    response.end(JSON.stringify({ version: answers.join(' '), pid: process.pid, env: process.env }));
  }).listen(process.env.PORT, process.env.HOST);
`;

/** Also listens on a port that is in its code. */
const withMetrics = (port: number, version: string) => `${goodService(version)}
  createServer((_, response) => response.end(JSON.stringify({ version: '${version} metrics' }))).listen(${port});
`;

it('components reach one another by name and port in their variables, also after a new deployment', async () => {
  const test = await testPlatform();
  const [inside, metrics] = [await freePort(), await freePort()];
  const many = { ...impatient, failure_threshold: 20 };
  const specOf = async (version: string) => ({
    name: 'shop',
    ingress: { rules: [{ match: { path: { prefix: '/' } }, component: { name: 'front' } }] },
    envs: [{ key: 'BEHIND', value: `http://stock:${inside},http://api:8080,http://api:${metrics}` }],
    services: [
      service('front', await test.image(front)),
      service('stock', await test.image(goodService(`stock ${version}`)), { internal_ports: [inside] }),
      service('api', await test.image(withMetrics(metrics, `api ${version}`)), {
        http_port: 8080,
        internal_ports: [metrics],
        health_check: { ...many, port: metrics },
      }),
    ],
  });
  const app = await test.deploy(await specOf('one'));
  expect((await ask(app, '/all')).version).toBe('stock one api one api one metrics');

  await test.redeploy(app.id, await specOf('two'));
  const now = await eventually(async () => (await ask(app, '/all')).version);
  expect(now).toBe('stock two api two api two metrics');
}, 30_000);
