import type { App, AppSpec, Deployment } from '@odoobo/app-platform/spec';
import { identify, isAlive } from '@odoobo/machine/process';
import { randomUUID } from 'node:crypto';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keepAsking } from '../testing/components.test.helper.js';
import { eventually, impatient, noDigest, specOf, testPlatform } from '../testing/platform.test.helper.js';
import {
  crashingService,
  goodService,
  hangingService,
  sickService,
  slowService,
  wrongPortService,
} from '../testing/services.test.helper.js';

interface Served {
  version: string;
  pid: number;
  env: Record<string, string>;
}

async function ask(app: App): Promise<Served> {
  return (await fetch(app.live_url ?? '')).json() as Promise<Served>;
}

function failedStep(deployment: Deployment | undefined) {
  const steps = deployment?.progress?.summary_steps ?? [];
  return steps.find(({ status }) => status === 'ERROR');
}

/** Polls, as the old process is stopped after the new one is live. */
function isGone(pid: number) {
  return eventually(async () => {
    const identity = await identify(pid);
    return identity && (await isAlive(identity)) ? undefined : true;
  });
}

describe('a deployment that succeeds', () => {
  it('serves at the URL that the app shows, in all six steps', async () => {
    const test = await testPlatform();
    const app = await test.deploy(specOf('shop', await test.image(goodService('one'))));
    expect(app.active_deployment?.progress).toMatchObject({ success_steps: 6, total_steps: 6 });
    expect(await ask(app)).toMatchObject({ version: 'one' });
  });

  it('gives the service the environment of its image and its spec, PATH, HOST, PORT and its mark, and nothing else', async () => {
    const test = await testPlatform();
    const spec = specOf('shop', await test.image(goodService('one')), {
      envs: [
        { key: 'OVERRIDDEN', value: 'spec' },
        { key: 'TOKEN', type: 'SECRET', scope: 'RUN_TIME', value: 'hunter2 ${APP_ID}' },
        {
          key: 'LINK',
          value: '${APP_URL}/x ${APP_DOMAIN} ${_self.PRIVATE_PORT} ${web.PUBLIC_URL} ${db.URL} ${LOST}',
        },
        { key: 'AT_BUILD', scope: 'BUILD_TIME', value: 'no' },
      ],
    });
    const app = await test.deploy({ ...spec, envs: [{ key: 'FOR_ALL', value: '${APP_ID}' }] });
    const { env } = await ask(app);
    const { PATH, PORT, LOCAL_PLATFORM_PROCESS, ...rest } = env;
    expect(PATH).not.toContain('node_modules/.bin');
    expect(rest).toEqual({
      FROM_IMAGE: 'yes',
      FOR_ALL: app.id,
      HOST: '127.0.0.1',
      OVERRIDDEN: 'spec',
      TOKEN: `hunter2 ${app.id}`,
      LINK: `${app.live_url}/x 127.0.0.1 ${PORT} ${app.live_url} \${db.URL} \${LOST}`,
    });
    const built = await test.log(app.id, 'BUILD');
    expect(built).toContain(
      'warning: services/0/envs/2/value: App Platform has no value for ${db.URL}, and leaves it as it is',
    );
    expect(built).toContain(
      'warning: services/0/envs/2/value: there is no variable for ${LOST}, which stays as it is',
    );
    expect(Object.fromEntries(new URLSearchParams(LOCAL_PLATFORM_PROCESS))).toEqual({
      root: await realpath(test.directory),
      kind: 'instance',
      name: `${app.active_deployment?.id}.web.0`,
      app: app.id,
    });
  });

  it('moves the URL to the new version, then ends the old process', async () => {
    const test = await testPlatform();
    const first = await test.deploy(specOf('shop', await test.image(goodService('one'))));
    const { pid } = await ask(first);
    await test.redeploy(first.id, specOf('shop', await test.image(goodService('two'))));
    const second = await test.app(first.id);
    expect(second.live_url).toBe(first.live_url);
    expect(await ask(second)).toMatchObject({ version: 'two' });
    const before = await test.deployment(first.id, first.active_deployment?.id ?? '');
    expect(before.phase).toBe('SUPERSEDED');
    await isGone(pid);
    await eventually(async () =>
      (await readdir(join(test.directory, 'run'))).length === 2 ? true : undefined,
    );
  });

  it('runs the run_command of the spec in the image, through a shell', async () => {
    const test = await testPlatform();
    const command = 'VERSION=three && export TOKEN="from $VERSION" && node main.mjs';
    const app = await test.deploy(
      specOf('shop', await test.image(goodService('one'), ['false']), { run_command: command }),
    );
    expect((await ask(app)).env['TOKEN']).toBe('from three');
  });

  it('loses no request while one deployment replaces the other', async () => {
    const test = await testPlatform();
    const images = [await test.image(goodService('one')), await test.image(goodService('two'))];
    const app = await test.deploy(specOf('shop', images[0] ?? ''));
    const asked = keepAsking(app.live_url ?? '');
    for (let round = 1; round <= 4; round++)
      await test.redeploy(app.id, specOf('shop', images[round % 2] ?? ''));
    expect(await asked.stop()).toEqual(new Set([200]));
  });
});

describe('a deployment that fails', () => {
  const failures = [
    {
      what: 'listens on another port',
      source: wrongPortService,
      code: 'DeployContainerHealthChecksFailed',
      says: /It listens on port \d+, but PORT is \d+: let it read the variable PORT\./,
    },
    {
      what: 'hangs',
      source: hangingService,
      code: 'DeployContainerHealthChecksFailed',
      says: /health check/,
    },
    { what: 'crashes on start', source: crashingService, code: 'DeployContainerExitNonZero', says: /code 7/ },
    { what: 'answers 500', source: sickService, code: 'DeployContainerHealthChecksFailed', says: /500/ },
  ];

  // The end-to-end tests have the last two for each change.
  it.each(process.env['NIGHTLY'] ? failures : failures.slice(0, 2))(
    '$what: says so at the waiting step, and the old version keeps serving',
    async ({ source, code, says }) => {
      const test = await testPlatform();
      const app = await test.deploy(specOf('shop', await test.image(goodService('one'))));
      const spec = specOf('shop', await test.image(source), { health_check: impatient });
      const failed = await test.redeploy(app.id, spec);
      expect(failed.phase).toBe('ERROR');
      expect(failedStep(failed)).toMatchObject({ name: 'wait', component_name: 'web', reason: { code } });
      expect(failedStep(failed)?.reason?.message).toMatch(says);
      expect(await ask(await test.app(app.id))).toMatchObject({ version: 'one' });
      // Nothing of the failed one is left: its process, its unpacked image.
      await eventually(async () =>
        (await readdir(join(test.directory, 'run'))).length === 2 ? true : undefined,
      );
    },
  );

  it('gives one verdict about an image that the store does not have: propose, create and update', async () => {
    const test = await testPlatform();
    const missing = { spec: specOf('shop', noDigest) };
    const { id } = await test.deploy(specOf('shop', await test.image(goodService('one'))));
    const answers = [
      await test.call('POST', '/v2/apps/propose', { ...missing, app_id: id }),
      await test.call('POST', '/v2/apps', { spec: specOf('other', noDigest) }),
      await test.call('PUT', `/v2/apps/${id}`, missing),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(400);
      expect(body['message']).toMatch(
        /^The app spec has an error: services\/0\/image\/digest: Image \S+@sha256:0+ is not in the local store .*images/,
      );
    }
    expect((await test.app(id)).pending_deployment).toBeUndefined();
  });

  it('names every repository that is not mapped before anything is deployed', async () => {
    const test = await testPlatform();
    const components = ['web', 'worker'].map((name) => ({
      name,
      github: { repo: `acme/${name}`, branch: 'main' },
    }));
    const [web, worker] = components;
    const spec = { name: 'shop', services: [web], workers: [worker] };
    const { status, body } = await test.call('POST', '/v2/apps', { spec });
    expect(status).toBe(400);
    expect(body['message']).toMatch(
      /has 2 errors: services\/0\/github\/repo: .*workers\/0\/github\/repo: github acme\/worker is not mapped/,
    );
  });

  it.each([
    { what: 'the image names no such program', command: ['no-such-program'], run_command: undefined },
    {
      what: 'the shell finds no such program',
      command: ['node', 'main.mjs'],
      run_command: 'no-such-program',
    },
  ])('is ContainerCommandNotExecutable when $what', async ({ command, run_command }) => {
    const test = await testPlatform();
    const digest = await test.image(goodService('one'), command);
    const { id } = await test.deploy(
      specOf('shop', digest, run_command === undefined ? {} : { run_command }),
    );
    const { body } = await test.call<{ deployments: Deployment[] }>('GET', `/v2/apps/${id}/deployments`);
    expect(failedStep(body.deployments[0])?.reason?.code).toBe('ContainerCommandNotExecutable');
  });

  it('puts the last lines of the service into the deploy log, without secrets', async () => {
    const test = await testPlatform();
    const envs = [{ key: 'TOKEN', type: 'SECRET' as const, value: 'hunter2' }];
    const { id } = await test.deploy(specOf('shop', await test.image(crashingService), { envs }));
    const { body } = await test.call<{ deployments: Deployment[] }>('GET', `/v2/apps/${id}/deployments`);
    const log = await test.log(id, 'DEPLOY', body.deployments[0]?.id);
    expect(log).toContain('no database: [REDACTED]');
    expect(log).not.toContain('hunter2');
  });

  it('refuses with 501 what it cannot run, and names every field', async () => {
    const test = await testPlatform();
    const image = { registry_type: 'DOCR' as const, repository: 'shop', digest: noDigest };
    const spec: AppSpec = {
      ...specOf('shop', noDigest, {
        http_port: 8080,
        internal_ports: [9000],
        instance_count: 2,
        instance_size_slug: 'apps-s-1vcpu-1gb',
      }),
      jobs: [{ name: 'twice', image, instance_count: 2, instance_size_slug: 'apps-s-1vcpu-1gb' }],
      databases: [{ name: 'db', engine: 'MONGODB' }],
    };
    const { status, body } = await test.call('POST', '/v2/apps', { spec });
    expect(status).toBe(501);
    const gaps = ['databases/0/engine', 'services/0/internal_ports'];
    for (const gap of [...gaps, 'jobs/0/instance_count']) expect(body['message']).toContain(`${gap}: `);
  });
});

describe('what is under way', () => {
  const patient = { health_check: { http_path: '/', initial_delay_seconds: 60 } };

  it('is cancelled on request: its process ends and the old version keeps serving', async () => {
    const test = await testPlatform();
    const app = await test.deploy(specOf('shop', await test.image(goodService('one'))));
    const { body } = await test.call<{ app: App }>('PUT', `/v2/apps/${app.id}`, {
      spec: specOf('shop', await test.image(slowService), patient),
    });
    const id = body.app.pending_deployment?.id ?? '';
    const pid = await eventually(async () => spawned(test.directory, id));
    expect((await test.call('POST', `/v2/apps/${app.id}/deployments/${randomUUID()}/cancel`)).status).toBe(
      404,
    );
    expect((await test.deployment(app.id, id)).phase).toBe('DEPLOYING');
    const cancelled = await test.call<{ deployment: Deployment }>(
      'POST',
      `/v2/apps/${app.id}/deployments/${id}/cancel`,
    );
    expect(cancelled.body.deployment.phase).toBe('CANCELED');
    await isGone(pid);
    expect(await ask(await test.app(app.id))).toMatchObject({ version: 'one' });
  });

  it('is overtaken by the next deployment and ends CANCELED', async () => {
    const test = await testPlatform();
    const app = await test.create(specOf('shop', await test.image(slowService), patient));
    const overtaken = app.pending_deployment?.id ?? '';
    const pid = await eventually(async () => spawned(test.directory, overtaken));
    const next = await test.redeploy(app.id, specOf('shop', await test.image(goodService('two'))));
    expect(next.phase).toBe('ACTIVE');
    expect((await test.deployment(app.id, overtaken)).phase).toBe('CANCELED');
    await isGone(pid);
  });

  it('ends with the app when that is deleted', async () => {
    const test = await testPlatform();
    const app = await test.create(specOf('shop', await test.image(slowService), patient));
    const pid = await eventually(async () => spawned(test.directory, app.pending_deployment?.id ?? ''));
    expect((await test.call('DELETE', `/v2/apps/${app.id}`)).body).toEqual({ id: app.id });
    await isGone(pid);
    expect((await test.call('GET', `/v2/apps/${app.id}`)).status).toBe(404);
  });
});

describe('what is live', () => {
  it('is restarted when it ends by itself, at the same URL, and the log says so', async () => {
    const test = await testPlatform();
    const app = await test.deploy(specOf('shop', await test.image(goodService('one'))));
    const { pid } = await ask(app);
    await fetch(`${app.live_url}/exit`).catch(() => undefined);
    const again = await eventually(async () => {
      const response = await fetch(app.live_url ?? '').catch(() => undefined);
      return response?.status === 200 ? ((await response.json()) as Served) : undefined;
    });
    expect(again.pid).not.toBe(pid);
    expect(await test.log(app.id, 'RUN')).toContain('the service ended with code 3; it is restarted');
  });

  it('comes back at the same URL after the platform was stopped and started', async () => {
    const first = await testPlatform();
    const app = await first.deploy(specOf('shop', await first.image(goodService('one'))));
    const { pid } = await ask(app);
    await first.platform.close();
    await isGone(pid);
    const second = await testPlatform({ directory: first.directory });
    expect((await second.app(app.id)).live_url).toBe(app.live_url);
    await eventually(async () => ((await fetch(app.live_url ?? '')).status === 200 ? true : undefined));
  });

  it('and all apps are gone after a reset, with nothing left running', async () => {
    const test = await testPlatform();
    const app = await test.deploy(specOf('shop', await test.image(goodService('one'))));
    expect(await ask(app)).toMatchObject({ version: 'one' });
    await test.platform.reset();
    expect((await test.call<{ apps: App[] }>('GET', '/v2/apps')).body.apps).toEqual([]);
    expect(await readdir(join(test.directory, 'run'))).toEqual([]);
  });
});

/** The process of a deployment's service, once it is started. */
async function spawned(directory: string, deployment: string): Promise<number | undefined> {
  const text = await readFile(join(directory, 'run', `${deployment}.web.0.json`), 'utf8').catch(() => '{}');
  return (JSON.parse(text) as { identity?: { pid: number } }).identity?.pid;
}
