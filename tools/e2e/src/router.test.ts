import { startPlatform } from '@odoobo/local-platform';
import { imageStoreOf } from '@odoobo/local-platform/client';
import { buildArtefact } from '@odoobo/ship/artefact/build-artefact';
import { skillManifestSchema } from '@odoobo/ship/manifest/manifest';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const secret = 'the secret of a test';

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'router-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Builds what `deploy` would ship. Returns the digest and the image. */
async function artefactOf(id: string, source: string): Promise<{ digest: string; imageDirectory: string }> {
  const root = join(await makeFolder(), id);
  await mkdir(root);
  await symlink(join(import.meta.dirname, '../../../node_modules'), join(root, 'node_modules'));
  await writeFile(join(root, 'main.js'), source);
  await writeFile(join(root, 'package.json'), JSON.stringify({ type: 'module' }));
  const manifest = {
    id,
    version: '1.0.0',
    description: id,
    contract: 'http',
    runtime: 'node',
    entry: 'main.js',
  };
  return buildArtefact(root, skillManifestSchema.parse(manifest));
}

function shop(answer: string, status: number): string {
  return `
    import { createServer } from 'node:http';
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/health' ? 200 : ${status};
      response.end('${answer} for ' + request.headers['x-forwarded-host']);
    });
    server.listen(Number(process.env.PORT), process.env.HOST);
    process.on('SIGTERM', () => server.close(() => process.exit(0)));`;
}

it(
  'the router is an artefact like any other, and takes a bad canary out of an app',
  { timeout: 60_000 },
  async () => {
    const directory = join(await makeFolder(), 'platform');
    const platform = await startPlatform({ directory });
    onTestFinished(() => platform.close());
    const call = async (method: string, path: string, body?: object) => {
      const headers = { authorization: `Bearer ${platform.token}`, 'content-type': 'application/json' };
      const answer = await fetch(`${platform.url}${path}`, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body) }),
      });
      return (await answer.json()) as {
        app: { id: string; live_url?: string; active_deployment?: { id: string } };
      };
    };
    const service = async (name: string, source: string, envs: { key: string; value: string }[] = []) => {
      const { digest, imageDirectory } = await artefactOf(name, source);
      await imageStoreOf(directory).import(imageDirectory);
      const image = { registry_type: 'DOCR', repository: name, digest };
      return { name, image, envs, health_check: { http_path: '/health' }, instance_count: 1 };
    };
    const router = "import '@odoobo/router/main';";
    const config = {
      rollout: 'shop-2',
      live: '${shop.PRIVATE_URL}',
      canary: '${shop-canary.PRIVATE_URL}',
      weight: 20,
    };
    const services = [
      await service('shop', shop('live', 200)),
      await service('shop-canary', shop('canary', 500)),
      await service('shop-router', router, [
        { key: 'ROUTER_CONFIG', value: JSON.stringify(config) },
        { key: 'ROUTER_SECRET', value: secret },
      ]),
    ];
    expect((await artefactOf('shop-router', router)).digest).toBe(services[2]?.image.digest);

    const rules = [{ match: { path: { prefix: '/' } }, component: { name: 'shop-router' } }];
    const { app } = await call('POST', '/v2/apps', { spec: { name: 'shop', services, ingress: { rules } } });
    const liveUrl = async () => {
      const { live_url: url, active_deployment: active } = (await call('GET', `/v2/apps/${app.id}`)).app;
      return active ? url : undefined;
    };
    await expect.poll(liveUrl, { timeout: 40_000 }).toBeTruthy();
    const url = (await liveUrl()) ?? '';

    const answers = [];
    for (let i = 0; i < 100; i++) answers.push(await fetch(url));
    expect(await answers.at(-1)?.text()).toBe(`live for ${new URL(url).host}`);
    const failed = answers.filter(({ status }) => status === 500).length;
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThanOrEqual(10);
    expect(answers.slice(-50).map(({ status }) => status)).not.toContain(500);
    const state = await fetch(`${url}/.well-known/skill-router`, {
      headers: { authorization: `Bearer ${secret}` },
    });
    expect(await state.json()).toMatchObject({ weight: 0, verdict: { answer: 'bad' } });
  },
);
