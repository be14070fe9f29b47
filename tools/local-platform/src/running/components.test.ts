import type { App, AppSpec, Deployment } from '@odoobo/app-platform/spec';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ask, isGone, service, worker } from '../testing/components.test.helper.js';
import { eventually, type TestPlatform, testPlatform } from '../testing/platform.test.helper.js';
import { crashingService, goodService, ledgerKeeper } from '../testing/services.test.helper.js';

async function newest(test: TestPlatform, app: App): Promise<Deployment | undefined> {
  const { body } = await test.call<{ deployments: Deployment[] }>('GET', `/v2/apps/${app.id}/deployments`);
  return body.deployments[0];
}

function stepsOf(deployment: Deployment | undefined, component: string) {
  const steps = deployment?.progress?.summary_steps ?? [];
  return steps
    .filter((step) => step.component_name === component)
    .map(({ name, status }) => `${name} ${status}`);
}

describe('several services', () => {
  it('reach each other both ways by their private addresses, and are reached by the rules of the app', async () => {
    const test = await testPlatform();
    const envs = [
      { key: 'OTHER', value: '${api.PRIVATE_URL} ${api.PRIVATE_DOMAIN}:${api.PRIVATE_PORT}' },
      { key: 'PUBLIC', value: '${api.PUBLIC_URL} ${api.PUBLIC_ROUTE_PATH}' },
      { key: 'GREETING', value: '${api.NAME} ${api.NOTHING} ${_self.PRIVATE_PORT}' },
    ];
    const back = [
      { key: 'OTHER', value: '${web.PRIVATE_URL}' },
      { key: 'NAME', value: 'the API' },
    ];
    const app = await test.deploy({
      name: 'shop',
      services: [
        service('web', await test.image(goodService('web')), { envs }),
        service('api', await test.image(goodService('api')), { envs: back }),
      ],
    });
    const web = await ask(app);
    const api = await ask(app, '/api');
    expect([web.version, api.version]).toEqual(['web', 'api']);
    expect(web.env['OTHER']).toBe(`http://127.0.0.1:${api.env['PORT']} 127.0.0.1:${api.env['PORT']}`);
    expect(web.env['PUBLIC']).toBe(`${app.live_url}/api /api`);
    expect(web.env['GREETING']).toBe(`the API \${api.NOTHING} ${web.env['PORT']}`);
    const answers = [web, api].map(({ env }) =>
      fetch(env['OTHER']?.split(' ')[0] ?? '').then((one) => one.json()),
    );
    expect(await Promise.all(answers)).toMatchObject([{ version: 'api' }, { version: 'web' }]);
  });

  it('go live together or not at all: if one fails, the old version of each stays live and the failed one is named', async () => {
    const test = await testPlatform();
    const [web, api] = [await test.image(goodService('web one')), await test.image(goodService('api one'))];
    const app = await test.deploy({ name: 'shop', services: [service('web', web), service('api', api)] });
    const failed = await test.redeploy(app.id, {
      name: 'shop',
      services: [
        service('web', await test.image(goodService('web two'))),
        service('api', await test.image(crashingService)),
      ],
    });
    expect(failed.phase).toBe('ERROR');
    expect(stepsOf(failed, 'api')).toEqual(['api SUCCESS', 'deploy SUCCESS', 'wait ERROR']);
    expect([(await ask(app)).version, (await ask(app, '/api')).version]).toEqual(['web one', 'api one']);
    await eventually(async () =>
      (await readdir(join(test.directory, 'run'))).length === 4 ? true : undefined,
    );
  });

  it('restarts a process at the address that the other services use', async () => {
    const test = await testPlatform();
    const envs = [{ key: 'API', value: '${api.PRIVATE_URL}' }];
    const app = await test.deploy({
      name: 'shop',
      services: [
        service('web', await test.image(goodService('web')), { envs }),
        service('api', await test.image(goodService('api'))),
      ],
    });
    const { env } = await ask(app);
    const before = await ask(app, '/api');
    process.kill(before.pid, 'SIGKILL');
    const after = await eventually(async () =>
      fetch(env['API'] ?? '').then(
        (one) => one.json(),
        () => undefined,
      ),
    );
    expect(after).toMatchObject({ version: 'api' });
    expect((after as { pid: number }).pid).not.toBe(before.pid);
  });
});

describe('a worker', () => {
  async function specWith(test: TestPlatform, source: string): Promise<{ spec: AppSpec; ledger: string }> {
    const ledger = join(test.directory, 'ledger');
    const envs = [
      { key: 'LEDGER', value: ledger },
      { key: 'NAME', value: 'mail' },
    ];
    return {
      ledger,
      spec: {
        name: 'shop',
        services: [service('web', await test.image(goodService('web')))],
        workers: [worker('mail', await test.image(source), { envs })],
      },
    };
  }

  it('runs beside the services without a port, and is replaced by the next one', async () => {
    const test = await testPlatform();
    const { spec, ledger } = await specWith(test, ledgerKeeper('never'));
    const app = await test.deploy(spec);
    expect(stepsOf(await newest(test, app), 'mail')).toEqual([
      'mail SUCCESS',
      'deploy SUCCESS',
      'wait SUCCESS',
    ]);
    const [, pid] = /^mail (\d+)\n$/.exec(await readFile(ledger, 'utf8')) ?? [];
    await test.redeploy(app.id, spec);
    await isGone(Number(pid));
    const lines = (await readFile(ledger, 'utf8')).trimEnd().split('\n');
    expect(lines).toEqual([`mail ${pid}`, expect.stringMatching(/^mail \d+$/), 'mail TERM']);
  });

  it.each([
    [
      'console.error("no queue"); process.exit(3);',
      'exited with code 3 within 1 s of its start. Its last log lines',
    ],
    ['process.exit(3);', 'exited with code 3 within 1 s of its start. It printed nothing.'],
    ['console.log("done");', 'exited with code 0 within 1 s of its start. A worker must keep running.'],
  ])('says where to find why it ended: %s', async (source, expected) => {
    const test = await testPlatform();
    const app = await test.deploy((await specWith(test, source)).spec);
    const steps = (await newest(test, app))?.progress?.summary_steps;
    expect(steps?.find(({ status }) => status === 'ERROR')?.reason?.message).toContain(expected);
  });

  it('fails its deployment if it ends at once', async () => {
    const test = await testPlatform();
    const app = await test.deploy((await specWith(test, crashingService)).spec);
    const failed = (await newest(test, app))?.progress?.summary_steps?.find(
      ({ status }) => status === 'ERROR',
    );
    expect(failed).toMatchObject({
      name: 'wait',
      component_name: 'mail',
      reason: { code: 'DeployContainerExitNonZero' },
    });
    expect(failed?.reason?.message).toContain('The worker exited with code 7 within 1 s');
  });
});
