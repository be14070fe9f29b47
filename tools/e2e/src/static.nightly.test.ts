import { afterAll, beforeAll, expect, it } from 'vitest';
import { BuiltProduction } from './support/built-production.js';
import { Workspace } from './support/workspace.js';

const cacheControl = 'public,max-age=10,s-maxage=86400';

let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.create({ shop: { manifest: { static: 'public' } } });
  await change('one');
});
afterAll(() => workspace.close());

/** Changes the page and the service to a version. */
async function change(version: string): Promise<void> {
  await workspace.change('shop', { says: version });
  await workspace.write('skills/shop/public/index.html', version);
}

async function nx(...args: string[]): Promise<string> {
  const { exitCode, output } = await workspace.nx(args);
  expect(exitCode, output).toBe(0);
  return output;
}

/** What the page at a URL says, and the service behind it. */
async function answersOf(url = ''): Promise<[page: string, service: unknown]> {
  const page = await fetch(url);
  expect(page.headers.get('cache-control')).toBe(cacheControl);
  const invoked = await fetch(`${url}/invoke`, { method: 'POST', body: '{}' });
  const { output } = (await invoked.json()) as { output: { says: string } };
  return [await page.text(), output.says];
}

const urlOf = async (name: string): Promise<string | undefined> =>
  (await workspace.apps()).find(({ spec }) => spec.name === name)?.live_url;

it('is served before the service that is deployed with it, and passes the smoke test', async () => {
  await nx('deploy', 'shop', '--smokeTest');
  const url = await urlOf('shop');
  expect(await answersOf(url)).toEqual(['one', 'one']);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect((await fetch(`${url}/none`)).status).toBe(404);
});

it('is deployed again when only a page has changed, and is rolled back with the service', async () => {
  expect(await nx('deploy', 'shop')).toContain('Nothing to deploy');
  await workspace.write('skills/shop/public/index.html', 'new page');
  expect(await nx('plan', 'shop')).toContain('static_sites/static/image/digest');
  await nx('deploy', 'shop');
  expect(await answersOf(await urlOf('shop'))).toEqual(['new page', 'one']);
  await change('two');
  await nx('deploy', 'shop');
  expect(await answersOf(await urlOf('shop'))).toEqual(['two', 'two']);
  await nx('rollback', 'shop');
  expect(await answersOf(await urlOf('shop'))).toEqual(['new page', 'one']);
});

it('is part of a preview and of a placement', async () => {
  await change('two');
  await nx('deploy', 'shop', '--preview=7');
  expect(await answersOf(await urlOf('shop-pr-7'))).toEqual(['two', 'two']);
  const placements = 'placements: [{ name: eu, environment: local, region: fra }]';
  await workspace.write('infra/do-gradient/shop/placements.yaml', placements);
  await nx('deploy', 'shop');
  expect(await answersOf(await urlOf('shop-eu'))).toEqual(['two', 'two']);
  await workspace.remove('infra/do-gradient/shop/placements.yaml');
});

it('is not sent without its folder, whose name the error has', async () => {
  await workspace.write(
    'skills/shop/skill.json',
    (await workspace.read('skills/shop/skill.json')).replace('public', 'web'),
  );
  const { exitCode, output } = await workspace.nx(['validate', 'shop']);
  expect(exitCode).toBe(1);
  expect(output).toMatch(/skills\/shop\/skill\.json: static: "web" is not a folder in .*skills\/shop\./);
  await workspace.write(
    'skills/shop/skill.json',
    (await workspace.read('skills/shop/skill.json')).replace('web', 'public'),
  );
});

it('is built from the commit in production, from the folder itself', async () => {
  await change('two');
  const production = await BuiltProduction.start(workspace, 'shop', []);
  try {
    const { exitCode, output } = await production.nx(['deploy', 'shop', '-c', 'production']);
    expect(exitCode, output).toBe(0);
    const [app] = await production.apps();
    expect(app?.spec.static_sites).toMatchObject([
      {
        name: 'static',
        github: { repo: 'acme/shop', branch: 'main' },
        source_dir: '/skills/shop/public',
        environment_slug: 'html',
      },
    ]);
    expect(await answersOf(app?.live_url)).toEqual(['two', 'two']);
    await workspace.write('skills/shop/public/index.html', 'three');
    await workspace.commit('a new page');
    await production.nx(['deploy', 'shop', '-c', 'production']);
    expect(await answersOf(app?.live_url)).toEqual(['three', 'two']);
  } finally {
    await production.close();
  }
});

it('is refused where the service runs an image', async () => {
  const image = '{ registry_type: GHCR, registry: acme, repository: shop }';
  const spec = await workspace.read('infra/do-gradient/shop/app-spec.yaml');
  await workspace.write(
    'infra/do-gradient/shop/app-spec.yaml',
    spec.replace(/github: .*/, `image: ${image}`).replace(/ *run_command.*\n/, ''),
  );
  const { exitCode, output } = await workspace.nx(['validate', 'shop']);
  expect(exitCode).toBe(1);
  expect(output).toMatch(
    /app-spec\.yaml:\d+: services\/0\/image: App Platform builds a static site from a branch, never from an image/,
  );
});
