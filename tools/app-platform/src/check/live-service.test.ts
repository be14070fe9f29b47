import { expect, it } from 'vitest';
import { LiveService } from './live-service.js';
import { liveService } from './service.test.helper.js';

it('returns status, headers, body and time', async () => {
  const service = await liveService((request, response) => {
    request.pipe(response.writeHead(405, { Allow: ['GET', 'HEAD'], 'X-Path': request.url ?? '' }));
  });
  const reply = await service.ask({ method: 'POST', path: '/a?b=c', body: { d: 1 }, withinMs: 10_000 });
  expect(reply).toMatchObject({ status: 405, body: '{"d":1}' });
  expect([reply.headers.get('allow'), reply.headers.get('x-path')]).toEqual(['GET, HEAD', '/a?b=c']);
  expect(reply.milliseconds).toBeGreaterThan(0);
});

it.each([
  ['answers nothing', () => undefined],
  ['stops in the middle', (response: { write(text: string): void }) => response.write('{')],
])('gives a service that %s no longer than it may take', async (_, hang) => {
  const service = await liveService((_request, response) => void hang(response));
  await expect(service.ask({ path: '/', withinMs: 50 })).rejects.toThrow('no answer within 0.05 s');
});

it('says what is wrong with a connection', async () => {
  const broken = await liveService((request) => request.socket.destroy());
  await expect(broken.ask({ path: '/', withinMs: 10_000 })).rejects.toThrow('the connection was reset');
  const nobody = new LiveService('http://127.0.0.1:9');
  await expect(nobody.ask({ path: '/', withinMs: 10_000 })).rejects.toThrow('connection refused');
});

it('does not read a reply that is too long to be one', async () => {
  const service = await liveService((_request, response) => {
    const chunk = Buffer.alloc(1024 * 1024);
    for (let megabytes = 0; megabytes < 12; megabytes += 1) response.write(chunk);
    response.end();
  });
  await expect(service.ask({ path: '/', withinMs: 30_000 })).rejects.toThrow('is longer than');
});

it('ends with the reason of the signal', async () => {
  const stop = new AbortController();
  const service = await liveService(() => stop.abort(new Error('stopped')));
  await expect(service.ask({ path: '/', withinMs: 30_000, signal: stop.signal })).rejects.toThrow('stopped');
});
