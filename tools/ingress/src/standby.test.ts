import { freePort } from '@odoobo/machine/network';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Ingress } from './ingress.js';
import { openRaw, send, startIngress, startService, to } from './ingress.test.helper.js';
import type { Traffic } from './traffic.js';

const post = { method: 'POST', body: 'x' };
const hello = 'GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n';

interface Switched {
  ingress: Ingress;
  /** The traffic of the live deployment. */
  traffic: Traffic;
  /** The traffic of the deployment that stands by. */
  old: Traffic;
  /** Lets it stand by no longer; resolves when it has drained. */
  over: () => Promise<void>;
}

/** A live deployment on these ports, and one that says `old` and stands by. */
async function switched(ports: readonly number[], drainMs = 10_000): Promise<Switched> {
  const old = await startService((request, response) => {
    if (request.url === '/stream') response.write('begun');
    else response.end('old');
  });
  old.server.on('upgrade', (_, socket) => {
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nold');
  });
  const ingress = await startIngress();
  const before = to(old.port);
  await ingress.switchTo(before, { drainMs: 0 });
  let proven = (): void => undefined;
  const standsBy = new Promise<void>((resolve) => (proven = resolve));
  const traffic = to(...ports);
  const drained = ingress.switchTo(traffic, { drainMs, standsBy });
  const over = (): Promise<void> => {
    proven();
    return drained;
  };
  return { ingress, traffic, old: before, over };
}

async function newService(): Promise<number> {
  return (await startService((_, response) => response.end('new'))).port;
}

const closedPort = (): Promise<number> => freePort();

describe('a deployment that stands by', () => {
  it('gets no request while an instance of the live one is up', async () => {
    const { ingress } = await switched([await closedPort(), await newService(), await closedPort()]);
    for (let i = 0; i < 6; i++) {
      expect((await send(ingress)).body).toBe('new');
      expect((await send(ingress, post)).body).toBe('new');
    }
  });

  it('gets every request while the live one has no instance, and none when it has one again', async () => {
    const port = await newService();
    const { ingress, traffic } = await switched([port]);
    for (let breaks = 0; breaks < 3; breaks++) {
      await ingress.setInstances(traffic, 'web', []);
      expect((await send(ingress)).body).toBe('old');
      expect((await send(ingress, post)).body).toBe('old');
      await ingress.setInstances(traffic, 'web', [port]);
      expect((await send(ingress)).body).toBe('new');
    }
  });

  it('gets any request that cannot be sent to the live one, WebSockets too', async () => {
    const { ingress } = await switched([await closedPort(), await closedPort()]);
    expect(await send(ingress, { method: 'POST', body: 'x'.repeat(100_000) })).toMatchObject({ status: 200 });
    expect((await send(ingress, { method: 'DELETE' })).body).toBe('old');
    const { socket, received } = openRaw(ingress);
    socket.write(hello);
    await once(socket, 'close');
    expect(received()).toMatch(/^HTTP\/1\.1 101 [^]*old$/);
    await expect.poll(() => ingress.inFlight).toBe(0);
  });

  it('gets a GET that the live one did not finish, but no POST, which may have taken effect', async () => {
    let asked = 0;
    const breaking = await startService((request) => {
      asked++;
      request.socket.destroy();
    });
    const { ingress } = await switched([breaking.port]);
    expect((await send(ingress)).body).toBe('old');
    // Once more to the live one: it may only have closed an idle connection.
    expect(asked).toBe(2);
    expect((await send(ingress, post)).status).toBe(502);
    expect(asked).toBe(3);
  });

  it('gets the GETs in progress on an instance that ended, and none of the POSTs', async () => {
    let asked = 0;
    const stuck = await startService(() => void asked++);
    const { ingress, traffic } = await switched([stuck.port]);
    const requests = [send(ingress), send(ingress, post)];
    await expect.poll(() => asked).toBe(2);
    await ingress.setInstances(traffic, 'web', []);
    expect((await Promise.all(requests)).map(({ status }) => status)).toEqual([200, 503]);
  });

  it('says of what it does not know that the live one has no instance', async () => {
    const { ingress, traffic } = await switched([await newService()]);
    const component = 'api';
    const rules = [{ path: { prefix: '/' }, to: { component, preservePathPrefix: false } }];
    await ingress.setInstances(traffic, 'web', []);
    const api = { deployment: 'api', rules, components: new Map([[component, { ports: [] }]]) };
    void ingress.switchTo(api, { drainMs: 0, standsBy: new Promise(() => undefined) });
    expect(await send(ingress)).toMatchObject({
      status: 503,
      body: expect.stringContaining('No instance of'),
    });
  });

  it('gets no request after its end', async () => {
    const { ingress, over } = await switched([await closedPort()]);
    expect((await send(ingress)).body).toBe('old');
    await over();
    expect((await send(ingress)).status).toBe(502);
  });

  it('is replaced by the previously live one at the next switch', async () => {
    const second = await newService();
    const { ingress, over } = await switched([second]);
    const third = to(await newService());
    void ingress.switchTo(third, { drainMs: 10_000, standsBy: new Promise(() => undefined) });
    await over();
    await ingress.setInstances(third, 'web', []);
    expect((await send(ingress)).body).toBe('new');
  });

  it('has its time to drain for what it took standing by; what is under way longer goes on until it ends', async () => {
    const { ingress, traffic, old, over } = await switched([await newService()], 300);
    await ingress.setInstances(traffic, 'web', []);
    const stream = httpRequest(`${ingress.url}/stream`, { agent: false }).end();
    const [response] = await once(stream, 'response');
    const cut = once(response.resume(), 'error');
    const since = performance.now();
    await over();
    expect(performance.now() - since).toBeGreaterThan(100);
    expect(ingress.inFlight).toBe(1);
    await ingress.setInstances(old, 'web', []);
    expect(await cut).toMatchObject([{ code: 'ECONNRESET' }]);
    expect(ingress.inFlight).toBe(0);
  });

  it('does not keep the ingress from closing', async () => {
    const { ingress, over } = await switched([await closedPort()]);
    expect((await send(ingress)).body).toBe('old');
    await ingress.close();
    await over();
  });
});
