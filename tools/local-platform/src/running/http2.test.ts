import { expect, it } from 'vitest';
import { impatient, specOf, testPlatform } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';

/** Speaks nothing but HTTP/2 without TLS, as a server of gRPC does. */
const http2Service = `
  import { createServer } from 'node:http2';
  createServer((request, response) => {
    response.statusCode = request.url === '/health' || request.url === '/page' ? 200 : 404;
    response.end(request.httpVersion + ' ' + request.url);
  }).listen(process.env.PORT, process.env.HOST);
`;

it('checks a service with protocol HTTP2, and passes requests on to it, by HTTP/2', async () => {
  const test = await testPlatform();
  const health_check = { ...impatient, http_path: '/health', failure_threshold: 20 };
  const http2 = { protocol: 'HTTP2' as const, health_check };
  const app = await test.deploy(specOf('shop', await test.image(http2Service), http2));
  expect(app.active_deployment?.phase).toBe('ACTIVE');
  const answer = await fetch(`${app.live_url}/page`);
  expect([answer.status, await answer.text()]).toEqual([200, '2.0 /page']);
  const failing = { ...http2, health_check: { ...impatient, http_path: '/' } };
  const { id, phase } = await test.redeploy(
    app.id,
    specOf('shop', await test.image(goodService('one')), failing),
  );
  expect(phase).toBe('ERROR');
  expect(await test.log(app.id, 'DEPLOY', id)).toContain('protocol: HTTP2 asks for HTTP/2 without TLS');
});
