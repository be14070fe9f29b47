import type { App, AppSpec, Deployment } from '@odoobo/app-platform/spec';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { imageStoreOf } from '../images/image-store.js';
import { writeLayout } from '../images/layout.test.helper.js';
import { mapRepository } from '../sources/repositories.js';
import { TestRepository } from '../sources/repository.test.helper.js';
import { ask, isGone, scalable, service } from '../testing/components.test.helper.js';
import { eventually, impatient, type TestPlatform, testPlatform } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';

const manifest = JSON.stringify({ name: 'web', version: '1.0.0', private: true });

/** What a service that is built from git answers, and how often it was built. */
async function repositoryOf(test: TestPlatform, version: string): Promise<TestRepository> {
  const repository = await TestRepository.create({
    'package.json': manifest,
    'main.mjs': goodService(version),
  });
  await mapRepository(test.directory, 'owner/name', repository.origin);
  return repository;
}

const fromGit = {
  github: { repo: 'owner/name', branch: 'main' },
  run_command: 'node main.mjs',
  environment_slug: 'node-js',
};

function specOf(digest: string, greeting: string): AppSpec {
  const { image: _, ...web } = service('web', digest, {
    ...fromGit,
    envs: [{ key: 'GREETING', scope: 'RUN_TIME', value: greeting }],
  });
  return { name: 'shop', services: [web, service('api', digest)] };
}

async function put(test: TestPlatform, app: App, body: object): Promise<Deployment> {
  const answer = await test.call<{ app: App }>('PUT', `/v2/apps/${app.id}`, body);
  return over(test, app, answer.body.app.pending_deployment);
}

async function over(test: TestPlatform, app: App, begun: Deployment | undefined): Promise<Deployment> {
  await test.settled(app.id);
  return test.deployment(app.id, begun?.id ?? '');
}

function buildReason(deployment: Deployment | undefined, component: string): string | undefined {
  const steps = deployment?.progress?.summary_steps ?? [];
  return steps.find((step) => step.component_name === component && step.name === component)?.reason?.code;
}

/** Builds take their time on a busy machine. */
const patience = { timeout: 90_000 };

describe('an app of several components, one from git', patience, () => {
  it('keeps its commit until the newest is requested, and rolls back to an earlier one without a build', async () => {
    const test = await testPlatform();
    const repository = await repositoryOf(test, 'one');
    const first = await repository.head();
    const digest = await test.image(goodService('api'));
    const app = await test.deploy(specOf(digest, 'hello'));
    const initial = app.active_deployment;
    expect(initial?.services?.[0]).toMatchObject({ name: 'web', source_commit_hash: first });
    expect(buildReason(initial, 'api')).toBe('PreBuiltImage');

    const second = await repository.push({ 'main.mjs': goodService('two') });
    const same = await put(test, app, { spec: specOf(digest, 'hello again') });
    expect(same.services?.[0]?.source_commit_hash).toBe(first);
    expect(buildReason(same, 'web')).toBe('PreviousBuildReused');
    expect(await ask(app)).toMatchObject({ version: 'one', env: { GREETING: 'hello again' } });

    const updated = await put(test, app, { spec: specOf(digest, 'hello'), update_all_source_versions: true });
    expect(updated.services?.[0]?.source_commit_hash).toBe(second);
    expect((await ask(app)).version).toBe('two');

    const rollback = { deployment_id: initial?.id, skip_pin: true };
    const back = await test.call<{ deployment: Deployment }>('POST', `/v2/apps/${app.id}/rollback`, rollback);
    const rolledBack = await over(test, app, back.body.deployment);
    expect(rolledBack.services?.[0]?.source_commit_hash).toBe(first);
    expect(buildReason(rolledBack, 'web')).toBe('PreviousBuildReused');
    expect([await ask(app), await ask(app, '/api')]).toMatchObject([{ version: 'one' }, { version: 'api' }]);
  });

  if (process.env['NIGHTLY']) {
    it('restarts unchanged, and rebuilds on request', async () => {
      const test = await testPlatform();
      const repository = await repositoryOf(test, 'one');
      const first = await repository.head();
      const app = await test.deploy(specOf(await test.image(goodService('api')), 'hello'));
      const second = await repository.push({ 'main.mjs': goodService('two') });

      const again = await test.call<{ deployment: Deployment }>('POST', `/v2/apps/${app.id}/restart`);
      const before = (await ask(app)).pid;
      expect((await over(test, app, again.body.deployment)).services?.[0]?.source_commit_hash).toBe(first);
      expect((await ask(app)).pid).not.toBe(before);

      const forced = await test.call<{ deployment: Deployment }>('POST', `/v2/apps/${app.id}/deployments`, {
        force_build: true,
      });
      const rebuilt = await over(test, app, forced.body.deployment);
      expect([rebuilt.services?.[0]?.source_commit_hash, buildReason(rebuilt, 'web')]).toEqual([
        second,
        undefined,
      ]);
    });

    it('builds identical components once', async () => {
      const test = await testPlatform();
      await repositoryOf(test, 'one');
      const more = { ...fromGit, ...scalable, health_check: { ...impatient, failure_threshold: 20 } };
      const app = await test.deploy({
        name: 'shop',
        services: [
          { name: 'web', ...more },
          { name: 'api', ...more, instance_count: 2 },
        ],
      });
      const logs = await Promise.all(['web', 'api'].map((name) => buildLog(test, app, name)));
      expect(logs.filter((log) => log.includes('npm')).length).toBe(1);
      expect((await ask(app, '/api')).version).toBe('one');
    });
  }
});

describe('a build under way', patience, () => {
  /** A build that notes its process and waits until there is a file. */
  const waits = `
    const { existsSync, writeFileSync } = require('node:fs');
    writeFileSync(process.env.GATE + '.waits', String(process.pid));
    const timer = setInterval(() => existsSync(process.env.GATE) && clearInterval(timer), 20);
  `;

  async function building(test: TestPlatform) {
    const repository = await repositoryOf(test, 'one');
    await repository.push({ 'wait.cjs': waits });
    const gate = join(test.directory, 'gate');
    const { image: _, ...web } = service('web', '', {
      ...fromGit,
      build_command: 'node wait.cjs',
      envs: [{ key: 'GATE', scope: 'BUILD_TIME', value: gate }],
    });
    const app = await test.create({ name: 'shop', services: [web] });
    const pid = await eventually(
      async () => Number(await readFile(`${gate}.waits`, 'utf8').catch(() => 0)) || undefined,
    );
    return { repository, gate, app, pid, commit: await repository.head() };
  }

  it('ends with its deployment when that is cancelled', async () => {
    const test = await testPlatform();
    const { app, pid } = await building(test);
    const path = `/v2/apps/${app.id}/deployments/${app.pending_deployment?.id}/cancel`;
    const { body } = await test.call<{ deployment: Deployment }>('POST', path);
    expect(body.deployment.phase).toBe('CANCELED');
    await isGone(pid);
  });

  if (process.env['NIGHTLY']) {
    it('uses the same commit when the next server resumes it', async () => {
      const first = await testPlatform();
      const { repository, gate, app, pid, commit } = await building(first);
      await repository.push({ 'main.mjs': goodService('two') });
      await first.platform.close();
      await isGone(pid);
      await writeFile(gate, '');
      const second = await testPlatform({ directory: first.directory });
      const { active_deployment: active } = await second.settled(app.id);
      expect(active?.id).toBe(app.pending_deployment?.id);
      expect(active?.services?.[0]).toMatchObject({ source_commit_hash: commit });
      expect((await ask(await second.app(app.id))).version).toBe('one');
    });
  }
});

describe('a static site', patience, () => {
  it('is built, and its files are served beside a service', async () => {
    const test = await testPlatform();
    const repository = await repositoryOf(test, 'one');
    await repository.push({
      'site/public/index.html': '<h1>shop</h1>',
      'site/public/about/index.html': 'about',
    });
    const site = { name: 'site', github: fromGit.github, source_dir: 'site', output_dir: 'public' };
    const digest = await test.image(goodService('api'));
    const spec = {
      name: 'shop',
      services: [service('api', digest, { routes: [{ path: '/api' }] })],
      static_sites: [site],
    };
    const app = await test.deploy(spec);
    expect(await (await fetch(app.live_url ?? '')).text()).toBe('<h1>shop</h1>');
    expect(await (await fetch(`${app.live_url}/about/`)).text()).toBe('about');
    expect((await ask(app, '/api')).version).toBe('api');
    await repository.push({ 'site/public/index.html': '<h1>sale</h1>' });
    await put(test, app, { spec, update_all_source_versions: true });
    expect(await (await fetch(app.live_url ?? '')).text()).toBe('<h1>sale</h1>');
    await test.platform.close();
    const next = await testPlatform({ directory: test.directory });
    expect(await (await fetch((await next.app(app.id)).live_url ?? '')).text()).toBe('<h1>sale</h1>');
  });

  it('is a folder of an artefact, switches at once with its service, and is brought back with it', async () => {
    const test = await testPlatform();
    const app = await test.deploy(await artefactSpec(test, 'one'));
    expect(await page(app)).toBe('one');
    expect(await page(app, '/.well-known/security.txt')).toBe('contact');
    expect((await fetch(`${app.live_url}/main.mjs`)).status).toBe(404);
    const { deployments } = (
      await test.call<{ deployments: Deployment[] }>('GET', `/v2/apps/${app.id}/deployments`)
    ).body;

    const seen: string[] = [];
    let isOver = false;
    const look = async (): Promise<void> => {
      while (!isOver) seen.push(`${await page(app)} ${(await ask(app, '/api')).version}`);
    };
    const looking = look();
    await test.call('PUT', `/v2/apps/${app.id}`, { spec: await artefactSpec(test, 'two') });
    await test.settled(app.id);
    isOver = true;
    await looking;
    expect(await page(app)).toBe('two');
    // A page of before the switch may call the service after it, but never the other way round.
    expect(seen).not.toContain('two one');
    expect(seen).toContain('one one');

    await test.call('POST', `/v2/apps/${app.id}/rollback`, { deployment_id: deployments[0]?.id });
    await test.settled(app.id);
    expect([await page(app), (await ask(app, '/api')).version]).toEqual(['one', 'one']);
  });

  it('does not go live without its folder in the artefact, and says which is missing', async () => {
    const test = await testPlatform();
    const { id } = await test.create(await artefactSpec(test, 'one', 'web'));
    await test.settled(id);
    const { deployments } = (
      await test.call<{ deployments: Deployment[] }>('GET', `/v2/apps/${id}/deployments`)
    ).body;
    const failed = deployments[0]?.progress?.steps?.flatMap((step) => [step, ...(step.steps ?? [])]);
    expect(deployments[0]?.phase).toBe('ERROR');
    expect(JSON.stringify(failed)).toContain('output_dir \\"web\\" is not a folder of image sha256:');
  });
});

/** The spec of an app whose service and page are of one artefact, and name its version. */
async function artefactSpec(test: TestPlatform, version: string, folder = 'public'): Promise<AppSpec> {
  const { folder: layout } = await writeLayout({
    config: { Entrypoint: ['node', 'main.mjs'], WorkingDir: '/app' },
    layers: [
      [
        { name: 'app/main.mjs', content: goodService(version) },
        { name: 'app/public/index.html', content: version },
        { name: 'app/public/.well-known/security.txt', content: 'contact' },
      ],
    ],
  });
  const digest = await imageStoreOf(test.directory).import(layout);
  return {
    name: 'shop',
    services: [service('api', digest)],
    static_sites: [
      { name: 'static', image: { registry_type: 'DOCR', repository: 'shop', digest }, output_dir: folder },
    ],
    ingress: {
      rules: [
        { match: { path: { prefix: '/api' } }, component: { name: 'api' } },
        { match: { path: { prefix: '/' } }, component: { name: 'static' } },
      ],
    },
  };
}

async function page(app: App, path = '/'): Promise<string> {
  return (await fetch(`${app.live_url}${path}`)).text();
}

async function buildLog(test: TestPlatform, app: App, component: string): Promise<string> {
  const path = `/v2/apps/${app.id}/components/${component}/logs?type=BUILD`;
  const { body } = await test.call<{ historic_urls: string[] }>('GET', path);
  return (await fetch(body.historic_urls[0] ?? '')).text();
}
