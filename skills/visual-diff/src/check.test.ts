import { callSkill, closedHost, startTestServer } from '@odoobo/skill-kit/testing';
import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Checked } from './schema.js';
import { visualDiffSkill } from './skill.js';

const chromium = existsSync('/usr/bin/chromium');

let folder: string;
let skill: ReturnType<typeof visualDiffSkill>;
let host: string;
/** What each path answers; anything else is a 404. */
let site: Record<string, string>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'visual-diff-test-'));
  site = { '/': page('Hello') };
  host = await listen(({ url = '' }, response) => {
    const html = site[url];
    response.writeHead(html === undefined ? 404 : 200, { 'content-type': 'text/html' }).end(html);
  });
  skill = visualDiffSkill({ VISUAL_DIFF_BASELINES: folder, VISUAL_DIFF_ALLOWED_HOSTS: host });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A page whose text is drawn as a box, since fonts differ between machines. */
function page(text: string, more = ''): string {
  const boxes = [...text].map((letter, i) => {
    const height = letter.charCodeAt(0) - 30;
    return `<i style="left:${20 + i * 30}px;height:${height}px"></i>`;
  });
  return `<!doctype html><meta name=viewport content="width=device-width"><style>body{margin:0;height:300px;background:#fff}
    i{position:absolute;top:40px;width:20px;background:navy}</style>${boxes.join('')}${more}`;
}

/** Starts a server for a test. @returns its host with the port */
async function listen(listener: RequestListener): Promise<string> {
  const { host, close } = await startTestServer(listener);
  onTestFinished(close);
  return host;
}

async function check(input: object = {}): Promise<Checked[]> {
  const { output, error } = await callSkill(skill, { operation: 'check', ...asked(), ...input });
  if (output?.operation !== 'check') throw new Error(`${error?.code}: ${error?.message}`);
  expect(output.pass).toBe(output.results.every(({ status }) => status === 'passed'));
  return output.results;
}

/** A page of this size is looked at in half of the time that one of the desktop takes. */
const small = { name: 'small', width: 640, height: 320 };

function asked() {
  return { project: 'shop', url: `http://${host}`, viewports: [small] };
}

async function statuses(input: object = {}): Promise<string[]> {
  return (await check(input)).map(({ status }) => status);
}

function approve(screenshots: (string | undefined)[]) {
  return callSkill(skill, { operation: 'approve', project: 'shop', screenshots });
}

async function approveAll(input: object = {}): Promise<void> {
  const { status } = await approve((await check(input)).map(({ screenshot }) => screenshot));
  expect(status).toBe(200);
}

async function list() {
  const { output } = await callSkill(skill, { operation: 'list', project: 'shop' });
  if (output?.operation !== 'list') throw new Error('no list');
  return output;
}

describe.skipIf(!chromium)('pages (needs Chromium)', { timeout: 60_000 }, () => {
  it('are new until they are approved, pass while they look the same, and have their changes boxed', async () => {
    const [fresh] = await check();
    expect(fresh).toMatchObject({ route: '/', viewport: { name: 'small', width: 640 }, status: 'new' });
    const image = PNG.sync.read(Buffer.from(fresh?.image ?? '', 'base64'));
    expect([image.width, image.height]).toEqual([640, 320]);
    expect(await list()).toMatchObject({
      durable: true,
      baselines: [],
      candidates: [{ screenshot: fresh?.screenshot }],
    });

    expect((await approve([fresh?.screenshot])).output).toMatchObject({ approved: [{ route: '/' }] });
    expect(await list()).toMatchObject({ baselines: [{ screenshot: fresh?.screenshot }], candidates: [] });
    expect(await statuses()).toEqual(['passed']);

    site['/'] = page('Hello', '<i style="left:400px;top:100px;width:200px;height:150px;background:red"></i>');
    expect(await check({ min_ssim: 0, max_changed_ratio: 0.15 })).toMatchObject([
      { status: 'passed', comparison: { pass: true, changed_pixels: 200 * 150 } },
    ]);
    const [changed] = await check();
    expect(changed).toMatchObject({
      status: 'changed',
      comparison: {
        pass: false,
        changed_pixels: 200 * 150,
        boxes: [{ x: 400, y: 100, width: 200, height: 150 }],
      },
    });

    await approve([changed?.screenshot]);
    expect(await statuses()).toEqual(['passed']);
    expect((await list()).baselines).toHaveLength(1);
    const [place = ''] = await readdir(join(folder, 'shop'));
    expect((await readdir(join(folder, 'shop', place))).filter((name) => name.endsWith('.png'))).toHaveLength(
      1,
    );
  });

  if (process.env['NIGHTLY']) {
    it('are looked at in every viewport, each with its own baseline', async () => {
      site['/cart'] = page('Cart');
      const tablet = { name: 'tablet', width: 768, height: 600 };
      const all = { routes: ['/', '/cart'], viewports: ['mobile', tablet] };
      const results = await check(all);
      expect(results.map(({ route, viewport }) => `${route} ${viewport.name} ${viewport.width}`)).toEqual([
        '/ mobile 390',
        '/cart mobile 390',
        '/ tablet 768',
        '/cart tablet 768',
      ]);
      await approve(results.map(({ screenshot }) => screenshot));
      site['/cart'] = page('Void of all');
      expect(await statuses(all)).toEqual(['passed', 'changed', 'passed', 'changed']);
    });
  }

  if (process.env['NIGHTLY']) {
    it('may differ a little more on a mobile viewport', async () => {
      const striped = (size: number) => {
        const style = `position:absolute;top:9px;left:9px;width:${size}px;height:${size}px`;
        return page(
          '',
          `<b style="${style};background:repeating-linear-gradient(#000 0 2px,#fff 2px 4px)"></b>`,
        );
      };
      const viewports = [
        { name: 'wide', width: 400, height: 400 },
        { name: 'touch', width: 400, height: 400, mobile: true },
      ];
      const sizes = Array.from({ length: 10 }, (_, index) => 44 + index * 5);
      const routes = sizes.map((size) => `/${size}`);
      for (const route of routes) site[route] = striped(0);
      await approveAll({ viewports, routes });
      for (const size of sizes) site[`/${size}`] = striped(size);
      const results = await check({ viewports, routes, max_changed_ratio: 1 });
      const wide = results.find(({ viewport, status }) => viewport.name === 'wide' && status !== 'passed');
      const touch = results.find(({ route, viewport }) => route === wide?.route && viewport.name === 'touch');
      // Where the wide one fails first it is between both limits, and the other has the same.
      expect(wide?.comparison?.ssim).toBeLessThan(0.98);
      expect(wide?.comparison?.ssim).toBeGreaterThan(0.97);
      expect([touch?.status, touch?.comparison?.ssim]).toEqual(['passed', wide?.comparison?.ssim]);
    });
  }

  if (process.env['NIGHTLY']) {
    it('do not differ where they are masked, by a selector or a rectangle', async () => {
      const clocks = (color: string) =>
        page(
          'Hi',
          `<i class=clock style="left:100px;top:9px;width:200px;height:200px;background:${color}"></i>
         <i style="left:350px;top:9px;width:200px;height:200px;background:${color}"></i>`,
        );
      const rectangle = { x: 350, y: 9, width: 200, height: 200 };
      const masks = [{ selector: '.clock' }, rectangle];
      site['/'] = clocks('red');
      const [fresh] = await check({ masks });
      await approve([fresh?.screenshot]);
      site['/'] = clocks('lime');
      expect(await statuses({ masks })).toEqual(['passed']);
      expect(await statuses({ masks: [rectangle] })).toEqual(['changed']);
    });
  }

  if (process.env['NIGHTLY']) {
    it('may be looked at on a retina screen, with a baseline of its own', async () => {
      const name = 'laptop';
      await approveAll({ viewports: [{ name, width: 400, height: 300 }] });
      const viewports = [{ name, width: 400, height: 300, scale: 2 }];
      const [fresh] = await check({ viewports });
      const image = PNG.sync.read(Buffer.from(fresh?.image ?? '', 'base64'));
      expect([fresh?.status, image.width, image.height]).toEqual(['new', 800, 600]);
      await approveAll({ viewports });
      expect(await statuses({ viewports })).toEqual(['passed']);
    });

    it('always look the same, though they move', async () => {
      const moving = `<style>@keyframes spin{to{transform:rotate(360deg)}} u{animation:spin .3s infinite linear;position:absolute;
      top:200px;left:200px;width:80px;height:20px;background:red;transition:all 1s}</style><u></u><input autofocus>`;
      site['/'] = page('Go', moving);
      const seen = new Set<string | undefined>();
      for (let i = 0; i < 2; i++) seen.add((await check())[0]?.screenshot);
      expect(seen.size).toBe(1);
    });

    it('may be looked at as a whole, and have changed when they have grown', async () => {
      const all = { full_page: true, routes: ['/', '/tall'] };
      site['/'] = site['/tall'] = page('Long', '<div style="height:1500px"></div>');
      await approveAll(all);
      expect(await statuses(all)).toEqual(['passed', 'passed']);
      site['/'] = page('Long', '<div style="height:1600px"></div>');
      site['/tall'] = page('Long', '<div style="height:9000px"></div>');
      const [grown, tall] = await check(all);
      expect(grown?.status).toBe('changed');
      expect(grown?.comparison?.regions).toEqual([{ kind: 'size', x: 0, y: 1500, width: 640, height: 100 }]);
      expect([tall?.status, tall?.comparison?.height]).toEqual(['changed', 9000]);
    });
  }

  it('that do not exist are reported as such, and the others are checked', async () => {
    const results = await check({ routes: ['/gone', '/'] });
    expect(results).toMatchObject([{ status: 'failed', reason: 'it answered 404' }, { status: 'new' }]);
    expect((await approve([results[1]?.screenshot])).status).toBe(200);
  });

  if (process.env['NIGHTLY']) {
    it('that no server answers are reported as such', async () => {
      const nobody = await closedHost();
      skill = visualDiffSkill({ VISUAL_DIFF_BASELINES: folder, VISUAL_DIFF_ALLOWED_HOSTS: nobody });
      const [result] = await check({ url: `http://${nobody}` });
      expect([result?.status, result?.reason]).toEqual([
        'failed',
        `Could not reach ${nobody}: ECONNREFUSED.`,
      ]);
    });
  }

  it('that hang are given up on, and no browser is left', async () => {
    const silent = await listen(() => undefined);
    skill = visualDiffSkill({ VISUAL_DIFF_BASELINES: folder, VISUAL_DIFF_ALLOWED_HOSTS: silent }, 2_000);
    const { status, error } = await callSkill(skill, {
      operation: 'check',
      ...asked(),
      url: `http://${silent}`,
    });
    expect([status, error?.code]).toEqual([504, 'timeout']);
    const { stdout } = await execa('ps', ['-axo', 'ppid=,args=']);
    const children = stdout.split('\n').filter((line) => line.trim().startsWith(`${process.pid} `));
    expect(children.filter((line) => /chrom/i.test(line))).toEqual([]);
  });

  it('cannot reach what their host must not, in whatever way they ask', async () => {
    const reached: (string | undefined)[] = [];
    const inside = await listen((request, response) => {
      reached.push(request.url);
      response.end();
    });
    site['/'] = page(
      'Spy',
      `<img src="http://${inside}/img"><iframe src="http://${inside}/frame"></iframe><link rel=prefetch href="http://${inside}/pre">
       <link rel=stylesheet href="http://localhost:${inside.split(':')[1]}/css"><iframe src="file:///etc/passwd"></iframe>
       <script>fetch('http://${inside}/fetch', {mode: 'no-cors'}).catch(() => {}); navigator.sendBeacon('http://${inside}/beacon');
       new WebSocket('ws://${inside}/socket'); new Image().src = 'http://169.254.169.254/'</script>`,
    );
    expect(await statuses()).toEqual(['new']);
    expect(reached).toEqual([]);
  });

  it('that lead away to a private host are refused', async () => {
    const inside = await listen((_request, response) => response.end('secret'));
    const outside = await listen((_request, response) => {
      response.writeHead(302, { location: `http://${inside}/` }).end();
    });
    skill = visualDiffSkill({ VISUAL_DIFF_BASELINES: folder, VISUAL_DIFF_ALLOWED_HOSTS: outside });
    const [result] = await check({ url: `http://${outside}` });
    expect([result?.status, result?.reason]).toEqual([
      'failed',
      expect.stringContaining(`add "${inside}" to VISUAL_DIFF_ALLOWED_HOSTS`),
    ]);
  });

  it.each(process.env['NIGHTLY'] ? ['i[', 'css=i >> nth=0', ':nope('] : ['i['])(
    'with the wrong selector %s are refused',
    async (selector) => {
      const { status, error } = await callSkill(skill, {
        operation: 'check',
        ...asked(),
        masks: [{ selector }],
      });
      expect([status, error?.code]).toEqual([422, 'invalid_selector']);
    },
  );

  if (process.env['NIGHTLY']) {
    it('may be asked for by several at once', async () => {
      expect(await Promise.all([statuses(), statuses({ project: 'other' })])).toEqual([['new'], ['new']]);
    });
  }
});

describe('what is refused before a browser is started', () => {
  it.each([
    ['a private address', { url: 'http://10.0.0.1/' }, 403, 'address_not_allowed'],
    ['this machine', { url: 'http://localhost:9/' }, 403, 'address_not_allowed'],
    ['a metadata service', { url: 'http://169.254.169.254/' }, 403, 'address_not_allowed'],
    ['a file', { url: 'file:///etc/passwd' }, 400, 'invalid_url'],
    ['credentials', { url: 'http://a:b@example.com/' }, 400, 'credentials_in_url'],
    ['a route that is a URL', { routes: ['http://10.0.0.1/'] }, 400, 'invalid_input'],
    ['a project that is a path', { project: '../../etc' }, 400, 'invalid_input'],
    [
      'a giant viewport',
      { viewports: [{ name: 'wall', width: 4000, height: 4000, scale: 2 }] },
      400,
      'invalid_input',
    ],
  ])('%s', async (_what, input, status, code) => {
    const answer = await callSkill(skill, { operation: 'check', ...asked(), ...input });
    expect([answer.status, answer.error?.code]).toEqual([status, code]);
  });

  it('a page, where there is no Chromium: the error says what to install', async () => {
    const env = {
      VISUAL_DIFF_BASELINES: folder,
      VISUAL_DIFF_ALLOWED_HOSTS: host,
      CHROMIUM_PATH: '/nowhere/chromium',
    };
    const { status, error } = await callSkill(visualDiffSkill(env), { operation: 'check', ...asked() });
    expect([status, error?.code]).toEqual([503, 'no_browser']);
    expect(error?.message).toContain(
      'CHROMIUM_PATH names /nowhere/chromium, which does not exist. Install it',
    );
  });
});

describe('baselines', () => {
  it('are empty for a project that was never checked', async () => {
    expect(await list()).toEqual({ operation: 'list', durable: true, baselines: [], candidates: [] });
  });

  it('do not outlive the machine unless an operator names a folder, and every answer says so', async () => {
    const { output } = await callSkill(visualDiffSkill({}), {
      operation: 'list',
      project: `none-${process.pid}`,
    });
    expect(output).toMatchObject({ durable: false });
  });

  it('must be a candidate', async () => {
    const { status, error } = await approve(['0'.repeat(64)]);
    expect([status, error?.code]).toEqual([409, 'not_a_candidate']);
    expect(error?.message).toContain('Check the pages again');
  });
});
