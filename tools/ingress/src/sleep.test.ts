import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { send, startIngress, startService, to } from './ingress.test.helper.js';
import type { Traffic } from './traffic.js';

const component = 'web';

/** An ingress whose only component sleeps, and a service that may wake it. */
async function asleep(more: Partial<Traffic> = {}) {
  const { port } = await startService((request, response) => {
    request.on('end', () => response.end(`answered ${request.url}`)).resume();
  });
  const ingress = await startIngress();
  const traffic = { ...to(port), ...more };
  await ingress.switchTo(traffic, { drainMs: 0 });
  await send(ingress);
  expect(ingress.sleep(traffic, component)).toBe(true);
  return { ingress, traffic, port };
}

it('holds all requests to a component that sleeps, with their bodies, until it has an instance', async () => {
  const { ingress, traffic, port } = await asleep();
  const answers = Array.from({ length: 100 }, (_, index) =>
    fetch(`${ingress.url}/${index}`, index % 2 ? { method: 'POST', body: 'x'.repeat(50_000) } : {}),
  );
  await ingress.untilAsked(traffic, component);
  await ingress.setInstances(traffic, component, [port]);
  const texts = await Promise.all(answers.map(async (answer) => (await answer).text()));
  expect(texts).toEqual(texts.map((_, index) => `answered /${index}`));
  // Awake.
  await ingress.untilAsked(traffic, component);
});

it('refuses them with the reason when it does not wake, and holds the next one', async () => {
  const { ingress, traffic, port } = await asleep();
  const first = fetch(ingress.url);
  await ingress.untilAsked(traffic, component);
  ingress.wakeFailed(traffic, component, 'no memory');
  const refusal = await first;
  expect(refusal.status).toBe(503);
  expect(await refusal.json()).toEqual({
    id: 'service_unavailable',
    message:
      'Component "web" of app "pr-review" was asleep and does not start: no memory. The next request tries again.',
  });
  const next = fetch(`${ingress.url}/next`);
  await ingress.untilAsked(traffic, component);
  await ingress.setInstances(traffic, component, [port]);
  expect(await (await next).text()).toBe('answered /next');
});

it('does not sleep with a request in progress, nor while another deployment is live', async () => {
  let release: () => void = () => undefined;
  let began: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (began = resolve));
  const { port } = await startService((_, response) => {
    release = () => response.end('late');
    began();
  });
  const ingress = await startIngress();
  const traffic = to(port);
  await ingress.switchTo(traffic, { drainMs: 0 });
  const answer = fetch(ingress.url);
  await begun;
  expect(ingress.sleep(traffic, component)).toBe(false);
  expect(ingress.loads()[component]?.inFlight).toEqual({ [port]: 1 });
  release();
  expect(await (await answer).text()).toBe('late');
  expect(ingress.sleep(to(port), component)).toBe(false);
});

it('lets those that wait go on to the deployment that takes over, or be refused when the app stops', async () => {
  const { ingress, traffic } = await asleep();
  const { port: other } = await startService((_, response) => response.end('new'));
  const first = fetch(ingress.url);
  await ingress.untilAsked(traffic, component);
  const next = to(other);
  await ingress.switchTo(next, { drainMs: 0 });
  expect(await (await first).text()).toBe('new');
  expect(ingress.sleep(next, component)).toBe(true);
  const last = fetch(ingress.url);
  await ingress.untilAsked(next, component);
  await ingress.switchTo(undefined, { drainMs: 0 });
  expect((await last).status).toBe(503);
});

it('forgets a client that gives up, and wakes for a WebSocket', async () => {
  const { ingress, traffic, port } = await asleep();
  const giveUp = new AbortController();
  const gone = fetch(ingress.url, { signal: giveUp.signal }).catch(() => 'gone');
  await ingress.untilAsked(traffic, component);
  giveUp.abort();
  expect(await gone).toBe('gone');
  const socket = connect(ingress.port, '127.0.0.1').setEncoding('latin1');
  socket.write('GET /ws HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
  await ingress.untilAsked(traffic, component);
  await ingress.setInstances(traffic, component, [port]);
  const [answer] = (await once(socket, 'data')) as [string];
  // The service has no WebSocket: its own answer.
  expect(answer).toContain('200 OK');
  socket.destroy();
});

it('shows a loading page to browsers only, if there is one, and wakes for it', async () => {
  const { ingress, traffic, port } = await asleep({ loadingPages: { [component]: '' } });
  const accept = 'text/html,*/*;q=0.8';
  const page = await send(ingress, { headers: { accept } });
  expect(page).toMatchObject({ status: 503, headers: { 'cache-control': 'no-store' } });
  expect(page.body).toContain('<meta http-equiv="refresh" content="2">\n<p>The service is starting.');
  await ingress.untilAsked(traffic, component);
  const waits = send(ingress, { path: '/api', headers: { accept: 'application/json' } });
  await ingress.setInstances(traffic, component, [port]);
  expect((await waits).body).toBe('answered /api');
  expect((await send(ingress, { headers: { accept } })).body).toBe('answered /');
});

it('shows the loading page of the app in a frame', async () => {
  const { ingress } = await asleep({ loadingPages: { [component]: 'https://example.com/wait?a="' } });
  const { body } = await send(ingress, { headers: { accept: 'text/html' } });
  expect(body).toContain('<iframe src="https://example.com/wait?a=&quot;"');
});
