import { callSkill, startTestServer } from '@odoobo/skill-kit/testing';
import type { RequestListener } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { designTokensSkill } from './skill.js';

/** What a path answers: a content type and a text. */
type Site = Record<string, [type: string, text: string]>;

/** Starts a server for a test. @returns its host with the port */
async function listen(listener: RequestListener): Promise<string> {
  const { host, close } = await startTestServer(listener);
  onTestFinished(close);
  return host;
}

function serve(site: Site): Promise<string> {
  return listen(({ url = '' }, response) => {
    const [type, text] = site[url] ?? ['text/plain', undefined];
    response.writeHead(text === undefined ? 404 : 200, { 'content-type': type }).end(text);
  });
}

function extract(url: string, allowed?: string, timeoutMs?: number) {
  return callSkill(designTokensSkill({ DESIGN_TOKENS_ALLOWED_HOSTS: allowed }, timeoutMs), { url });
}

describe('a page', () => {
  it('is read with the sheets that it holds, links and imports', async () => {
    const host = await serve({
      '/shop/': [
        'text/html; charset=utf-8',
        `<!doctype html><base href="/assets/"><link rel="icon" href="i.css"><LINK REL="preload StyleSheet" href="a.css">
         <link rel=stylesheet href="a.css"><link rel=stylesheet href="gone.css"><link rel=stylesheet href="javascript:x">
         <body><style>:root { --color-own: red }</style><template><style>x{}</style></template>`,
      ],
      '/assets/a.css': [
        'text/css',
        '@import "b.css"; @import url(b.css) screen; :root { --color-linked: lime }',
      ],
      '/assets/b.css': ['text/css', '@import "a.css"; :root { --color-imported: var(--color-own) }'],
    });
    const { output } = await extract(`http://${host}/shop/`, host);
    expect(Object.keys(output?.tokens['color'] ?? {})).toEqual(['imported', 'linked', 'own']);
    expect(output?.tokens['color']?.['imported']).toMatchObject({ $value: '{color.own}' });
    expect(output?.warnings).toEqual([
      `http://${host}/assets/gone.css: http://${host}/assets/gone.css answered 404.`,
    ]);
  });

  it('is read in the order of the cascade: imports first, then the document, by media and layer', async () => {
    const host = await serve({
      '/': [
        'text/html',
        `<style>:root { --a: 1px; --b: 1px }</style><link rel=stylesheet href="own.css">
         <link rel=stylesheet media=print href="print.css">`,
      ],
      '/own.css': [
        'text/css',
        '@import url("base.css"); @import "low.css" layer(low) screen; :root { --a: 2px; --c: 2px }',
      ],
      '/base.css': ['text/css', ':root { --b: 3px; --c: 3px; --d: 3px }'],
      '/low.css': ['text/css', ':root { --d: 4px; --e: 4px }'],
      '/print.css': ['text/css', ':root { --a: 5px }'],
    });
    const { output } = await extract(`http://${host}/`, host);
    const px = (value: number) => ({ $type: 'dimension', $value: { value, unit: 'px' } });
    expect(output?.tokens['size']).toEqual({ a: px(2), b: px(3), c: px(2), d: px(3), e: px(4) });
    expect(output?.modes).toEqual([
      { name: 'print', condition: '@media print', tokens: { size: { a: px(5) } } },
    ]);
  });

  it('may be a style sheet itself, behind a redirect', async () => {
    const host = await listen(({ url }, response) => {
      if (url === '/') response.writeHead(302, { location: '/site.css' }).end();
      else response.writeHead(200, { 'content-type': 'text/css' }).end('a { padding: 4px }');
    });
    const { output } = await extract(`http://${host}/`, host);
    expect(Object.keys(output?.tokens['spacing'] ?? {})).toEqual(['4px']);
  });

  it('has no more than twenty sheets fetched', async () => {
    const asked: string[] = [];
    const host = await listen(({ url = '' }, response) => {
      asked.push(url);
      const n = Number(url.slice(1));
      response.writeHead(200, { 'content-type': 'text/css' });
      response.end(`@import "/${n * 2 + 1}"; @import "/${n * 2 + 2}"; :root { --color-c${n}: red }`);
    });
    const { output } = await extract(`http://${host}/0`, host);
    expect(asked).toHaveLength(21);
    expect(output?.count).toBe(21);
    expect(output?.warnings).toEqual(['22 more style sheets were skipped']);
  });
});

describe('a URL that is not to be fetched', () => {
  it.each([
    ['in the private network', 'http://10.0.0.1/', 403, 'address_not_allowed'],
    ['of this machine', 'http://localhost/', 403, 'address_not_allowed'],
    ['of a metadata service', 'http://169.254.169.254/latest/', 403, 'address_not_allowed'],
    ['in another notation', 'http://0x7f000001/', 403, 'address_not_allowed'],
    ['of a file', 'file:///etc/passwd', 400, 'invalid_url'],
    ['with credentials', 'http://a:b@example.com/', 400, 'credentials_in_url'],
  ])('%s is refused', async (_what, url, status, code) => {
    const { status: answered, error } = await extract(url);
    expect([answered, error?.code]).toEqual([status, code]);
  });

  it('is refused as a baseline too', async () => {
    const input = { css: 'a { color: red }', baseline: { url: 'http://127.0.0.1/' } };
    expect((await callSkill(designTokensSkill({}), input)).status).toBe(403);
  });

  it('is left out where a page links it', async () => {
    let reached = false;
    const inside = await listen((_request, response) => {
      reached = true;
      response.end();
    });
    const page = await serve({ '/': ['text/html', `<link rel=stylesheet href="http://${inside}/a.css">`] });
    const { status, output } = await extract(`http://${page}/`, page);
    expect([status, output?.warnings[0]]).toEqual([
      200,
      expect.stringContaining(
        `is not a public address, so the call is refused. If it is the operator's own, add "${inside}" to DESIGN_TOKENS_ALLOWED_HOSTS`,
      ),
    ]);
    expect(reached).toBe(false);
  });
});

describe('a page that cannot be read', () => {
  it.each([
    ['is no text of a page', { '/': ['application/pdf', '%PDF'] }, 422, 'unexpected_content_type'],
    ['is not there', {}, 502, 'unexpected_answer'],
    ['is endless', { '/': ['text/html', 'x'.repeat(5 * 1024 * 1024)] }, 502, 'answer_too_large'],
    ['nests without end', { '/': ['text/css', 'a{'.repeat(50_000)] }, 422, 'nested_too_deep'],
  ] as [string, Site, number, string][])(
    'because it %s is reported as such',
    async (_what, site, status, code) => {
      const host = await serve(site);
      const { status: answered, error } = await extract(`http://${host}/`, host);
      expect([answered, error?.code]).toEqual([status, code]);
    },
  );

  it('because it is silent is given up on', async () => {
    const host = await listen(() => undefined);
    const { status, error } = await extract(`http://${host}/`, host, 50);
    expect([status, error?.code]).toEqual([504, 'timeout']);
  });

  it('as HTML nested without end is read all the same', async () => {
    const host = await serve({ '/': ['text/html', `${'<div>'.repeat(20_000)}<style>a{color:red}</style>`] });
    expect((await extract(`http://${host}/`, host)).output?.count).toBe(1);
  });
});
