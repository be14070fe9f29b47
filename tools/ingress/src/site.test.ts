import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ingress } from './ingress.js';
import { type Answer, openRaw, send, type SendOptions, startIngress } from './ingress.test.helper.js';
import type { Rule, Site } from './traffic.js';

const mb = 1024 * 1024;

let outside: string;
let folder: string;

beforeAll(async () => {
  outside = await mkdtemp(join(tmpdir(), 'site-'));
  folder = join(outside, 'public');
  const files = {
    'index.html': '<h1>home</h1>',
    'docs/index.html': 'docs',
    'docs/page one.txt': '0123456789',
    '.well-known/security.txt': 'contact',
    '404.html': 'nothing here',
    '../secret.txt': 'secret',
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  await symlink('../secret.txt', join(folder, 'link.txt'));
  await symlink('..', join(folder, 'up'));
  await symlink('docs', join(folder, 'manual'));
  await mkdir(join(folder, 'empty'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
});
afterAll(() => rm(outside, { recursive: true }));

async function startSite(site: Partial<Site> = {}, prefix = '/'): Promise<Ingress> {
  const ingress = await startIngress();
  const rule: Rule = { path: { prefix }, to: { component: 'site', preservePathPrefix: false } };
  const components = new Map([['site', { folder, indexDocument: 'index.html', ...site }]]);
  await ingress.switchTo({ deployment: 'one', rules: [rule], components }, { drainMs: 0 });
  return ingress;
}

async function get(path: string, options: SendOptions = {}, site: Partial<Site> = {}): Promise<Answer> {
  return send(await startSite(site), { path, ...options });
}

describe('a static site', () => {
  it('is cached as on App Platform, and not sent again to who has it', async () => {
    const { headers } = await get('/');
    expect(headers['cache-control']).toBe('public,max-age=10,s-maxage=86400');
    const again = await get('/', { headers: { 'if-none-match': headers.etag ?? '' } });
    expect(again).toMatchObject({ status: 304, body: '' });
    expect(again.headers['cache-control']).toBe(headers['cache-control']);
    const missing = await get('/no', {}, { errorDocument: '404.html' });
    expect(missing).toMatchObject({ status: 404, headers: { 'cache-control': headers['cache-control'] } });
  });

  it('answers with files, their types and the index document of a folder', async () => {
    expect(await get('/')).toMatchObject({
      status: 200,
      body: '<h1>home</h1>',
      headers: { 'content-type': 'text/html; charset=utf-8', 'content-length': '13' },
    });
    expect((await get('/docs/?a=b')).body).toBe('docs');
    expect((await get('/docs/page%20one.txt')).body).toBe('0123456789');
    expect((await get('/manual/')).body).toBe('docs');
    expect((await get('/.well-known/security.txt')).body).toBe('contact');
    expect((await get('/docs/', {}, { indexDocument: 'page one.txt' })).body).toBe('0123456789');
  });

  it('redirects a folder without its slash, with the path as the client sees it', async () => {
    const ingress = await startSite({}, '/help');
    expect(await send(ingress, { path: '/help/docs?a=b' })).toMatchObject({
      status: 301,
      headers: { location: '/help/docs/?a=b' },
    });
    expect((await get('//docs')).headers.location).not.toMatch(/^\/\//);
  });

  it('answers HEAD, ranges and conditions', async () => {
    const path = '/docs/page%20one.txt';
    const head = await get(path, { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-length': '10' } });
    const etag = head.headers.etag ?? '';
    expect(await get(path, { headers: { 'if-none-match': etag } })).toMatchObject({ status: 304, body: '' });
    expect(await get(path, { headers: { range: 'bytes=2-4' } })).toMatchObject({
      status: 206,
      body: '234',
      headers: { 'content-range': 'bytes 2-4/10' },
    });
    expect((await get(path, { headers: { range: 'bytes=20-' } })).status).toBe(416);
    expect((await get(path, { headers: { 'if-match': '"other"' } })).status).toBe(412);
  });

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/docs/..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '/link.txt',
    '/up/secret.txt',
    '/secret.txt%00.html',
    '/%',
    '/pipe',
    '/empty/',
  ])('answers 404 at %s', async (path) => {
    const ingress = await startSite();
    const { socket, received } = openRaw(ingress);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
    await expect.poll(() => socket.closed).toBe(true);
    expect(received()).toMatch(/^HTTP\/1\.1 404 [^]*has no file for/);
    expect(received()).not.toMatch(/secret$/);
  });

  it('answers with its error document and 404, or its catchall document and 200', async () => {
    const errorDocument = '404.html';
    expect(await get('/none', {}, { errorDocument })).toMatchObject({ status: 404, body: 'nothing here' });
    const conditions = { range: 'bytes=0-1', 'if-none-match': '*' };
    expect(await get('/none', { headers: conditions }, { errorDocument })).toMatchObject({
      status: 404,
      body: 'nothing here',
    });
    const catchall = { catchallDocument: 'index.html' };
    expect(await get('/any/route', {}, catchall)).toMatchObject({ status: 200, body: '<h1>home</h1>' });
    expect((await get('/none', {}, { errorDocument: 'absent.html' })).status).toBe(404);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('answers 405 to %s', async (method) => {
    expect(await get('/', { method })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });

  it('drains like a service, is counted, and is sent completely even if its folder is gone', async () => {
    const large = join(folder, 'large.bin');
    await writeFile(large, Buffer.alloc(16 * mb));
    const ingress = await startSite();
    const { socket } = openRaw(ingress);
    socket.pause().write('GET /large.bin HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    await expect.poll(() => ingress.bytesSent.size).toBe(1);
    expect(ingress.inFlight).toBe(1);
    await ingress.switchTo({ deployment: 'two', rules: [], components: new Map() }, { drainMs: 20 });
    await rm(large);
    await once(socket.resume(), 'close');
    expect(socket.bytesRead).toBeGreaterThan(16 * mb);
    await expect.poll(() => ingress.inFlight).toBe(0);
  });
});
