import { describe, expect, it } from 'vitest';
import { send, type SendOptions, startIngress, startService, to } from './ingress.test.helper.js';

const browser = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };
const errorPage = 'https://status.example.com/?a="><script>&b';

async function answer(traffic: object, options: SendOptions = {}) {
  const ingress = await startIngress();
  await ingress.switchTo({ ...to(), ...traffic }, { drainMs: 0 });
  return send(ingress, options);
}

describe('the error page of an app', () => {
  it('is what a browser gets when nothing of it runs, or it is offline, with the status', async () => {
    for (const traffic of [{ errorPage }, { errorPage, offline: 'in maintenance' }]) {
      const { status, headers, body } = await answer(traffic, browser);
      expect({ status, type: headers['content-type'] }).toEqual({
        status: 503,
        type: 'text/html; charset=utf-8',
      });
      expect(body).toContain('<iframe src="https://status.example.com/?a=&quot;>&lt;script>&amp;b"');
    }
  });

  it('is what it gets when its service breaks off', async () => {
    const { port } = await startService((request) => request.socket.destroy());
    expect(await answer({ ...to(port), errorPage }, browser)).toMatchObject({
      status: 502,
      body: expect.stringContaining('<iframe') as string,
    });
  });

  it.each([
    ['other clients', { errorPage }, {}],
    ['a POST', { errorPage }, { ...browser, method: 'POST' }],
    ['an app without one', {}, browser],
  ])('is not for %s', async (_, traffic, options) => {
    expect(JSON.parse((await answer(traffic, options)).body)).toMatchObject({ id: 'service_unavailable' });
  });

  it("does not hide the service's own errors, nor faults of the request", async () => {
    const { port } = await startService((_, response) => response.writeHead(503).end('mine'));
    expect((await answer({ ...to(port), errorPage }, browser)).body).toBe('mine');
    expect((await answer({ ...to(port), rules: [], errorPage }, browser)).status).toBe(404);
  });
});
