import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { eventually, specOf, testPlatform } from '../testing/platform.test.helper.js';
import { crashingService, goodService } from '../testing/services.test.helper.js';
import type { ResponseTimesAnswer, VitalsAnswer } from './answers.js';

const manual = { progression: 'manual' as const };

describe("the page's files", () => {
  it('need no token, and allow the page only its own resources', async () => {
    const { platform } = await testPlatform(manual);
    for (const path of ['/', '/page.js', '/page.css', '/icon.svg']) {
      const { status, headers } = await fetch(`${platform.url}${path}`);
      expect(status, path).toBe(200);
      const policy = headers.get('content-security-policy');
      for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"])
        expect(policy).toContain(rule);
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
    expect((await fetch(`${platform.url}/v2/apps`)).headers.get('x-content-type-options')).toBe('nosniff');
    const html = await (await fetch(platform.url)).text();
    expect(html).not.toContain(platform.token);
    // No script and no style in it, which the policy would refuse.
    expect(html).not.toMatch(/<script(?![^>]*src=)|<style|style=|\son\w+=/);
  });

  it.each(['/../package.json', '/%2e%2e/index.js', '/page.js/../../index.js', '//etc/passwd', '/index.html'])(
    'are the only ones: without a token, %s is not served',
    async (path) => {
      const { platform } = await testPlatform(manual);
      expect(await statusOf(platform.url, path)).toBe(401);
      expect(await statusOf(platform.url, path, platform.token)).toBe(404);
    },
  );

  it('are refused for a foreign host and for other methods', async () => {
    const { platform } = await testPlatform(manual);
    const { hostname, port } = new URL(platform.url);
    const asked = request({ hostname, port, path: '/', headers: { host: `evil.example:${port}` } }).end();
    const [answer] = await once(asked, 'response');
    expect(answer.statusCode).toBe(403);
    expect(await text(answer)).toContain('evil.example');
    expect((await fetch(platform.url, { method: 'POST' })).status).toBe(405);
  });
});

describe("the page's data", () => {
  it('needs the token, and counts towards no rate limit of the API', async () => {
    const { platform } = await testPlatform({ ...manual, rateLimit: { perMinute: 1, perHour: 1 } });
    expect(await statusOf(platform.url, '/page/vitals')).toBe(401);
    expect(await statusOf(platform.url, '/page/vitals', 'wrong')).toBe(401);
    for (let call = 0; call < 3; call++)
      expect(await statusOf(platform.url, '/page/vitals', platform.token)).toBe(200);
    expect(await statusOf(platform.url, '/page/apps/none/response-times', platform.token)).toBe(404);
  });

  it('reports the health of each live app, checked through its URL while a page is open', async () => {
    const test = await testPlatform();
    const { id } = await test.deploy(specOf('shop', await test.image(goodService('one'))));
    const broken = await test.deploy(specOf('broken', await test.image(crashingService)));
    const health = await eventually(async () => (await vitals(test)).apps[id]?.health);
    expect(health).toMatchObject({ state: 'HEALTHY' });
    expect(health.milliseconds).toBeGreaterThan(0);
    expect((await vitals(test)).apps).not.toHaveProperty(broken.id);
    expect(Math.max(...(await readTimes(test, id)).requests)).toBeGreaterThan(0);
  });

  it('reports why an app is no longer healthy', async () => {
    const test = await testPlatform();
    const { id, live_url: url } = await test.deploy(specOf('shop', await test.image(moodyService)));
    const health = async () => (await vitals(test)).apps[id]?.health;
    await eventually(health);
    await fetch(`${url}/sicken`);
    const trouble = await eventually(async () => (await health())?.trouble);
    expect(trouble).toMatch(/GET \/ on port \d+ answered 500/);
    expect(Math.max(...(await readTimes(test, id)).failures)).toBeGreaterThan(0);
    await fetch(`${url}/heal`);
    await eventually(async () => (await health())?.state === 'HEALTHY' || undefined);
  });
});

/** Answers 500 from `/sicken` until `/heal`. */
const moodyService = `
  import { createServer } from 'node:http';
  let status = 200;
  createServer(({ url }, response) => {
    if (url === '/sicken') status = 500;
    if (url === '/heal') status = 200;
    response.writeHead(status).end();
  }).listen(process.env.PORT, process.env.HOST);
  process.on('SIGTERM', () => process.exit(0));
`;

/** Sends the path as it is, which fetch would tidy up. */
async function statusOf(url: string, path: string, token?: string): Promise<number> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const authorization = token === undefined ? '' : `authorization: Bearer ${token}\r\n`;
  socket.write(
    `GET ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n${authorization}connection: close\r\n\r\n`,
  );
  return Number((await text(socket)).split(' ')[1]);
}

type Test = Awaited<ReturnType<typeof testPlatform>>;

async function vitals(test: Test): Promise<VitalsAnswer> {
  return read(test, '/page/vitals');
}

async function readTimes(test: Test, app: string): Promise<ResponseTimesAnswer> {
  return read(test, `/page/apps/${app}/response-times`);
}

async function read<T>({ platform }: Test, path: string): Promise<T> {
  const headers = { authorization: `Bearer ${platform.token}` };
  return (await fetch(`${platform.url}${path}`, { headers })).json() as Promise<T>;
}
