import { type App, type AppSpec, type Deployment, planDeploy } from '@odoobo/app-platform';
import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { buildFromModule, hasGo } from './go-tools.js';
import { documentedFor, operationsOf } from './operations.js';
import { type ClientTest, startClientTest, wideApp } from './wide-app.js';

const version = 'v1.101.0';
const logTypes = ['build', 'deploy', 'run', 'run_restarted'] as const;
/** What each log of the wide app has. */
const logged = { build: 'commit', deploy: 'started process', run: 'mailing', run_restarted: '' };
const stamped = /^(web|mailer|migrate|manual) \d{4}-\d\d-\d\dT[\d:.]+Z/;

describe.skipIf(!hasGo)('the official CLI, doctl (needs go, to build it)', { timeout: 300_000 }, () => {
  let test: ClientTest;
  let program: string;
  let spec: AppSpec;
  let app: string;

  beforeAll(async () => {
    test = await startClientTest();
    program = join(test.folder, 'doctl');
    spec = wideApp('wide', test.repository);
    await buildFromModule('github.com/digitalocean/doctl', version, './cmd/doctl', program);
  }, 900_000);
  afterAll(() => test?.close());

  function start(...args: string[]) {
    const { url, token } = test.platform;
    const config = join(test.folder, 'doctl.yaml');
    const global = ['--api-url', url, '--access-token', token, '--config', config];
    return execa(program, ['apps', ...args, ...global], { all: true, reject: false, timeout: 280_000 });
  }

  /** The output of a call that succeeds. */
  async function doctl(...args: string[]): Promise<string> {
    const { exitCode, all, stdout } = await start(...args);
    expect(exitCode, all).toBe(0);
    return stdout;
  }

  async function json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await doctl(...args, '--output', 'json')) as T;
  }

  async function specFile(of: AppSpec): Promise<string> {
    const file = join(test.folder, 'spec.yaml');
    await writeFile(file, stringify(of));
    return file;
  }

  it('creates an app and waits until it is live', async () => {
    await writeFile(join(test.folder, 'doctl.yaml'), '');
    const file = await specFile(spec);
    expect(parse(await doctl('spec', 'validate', file))).toMatchObject({ name: 'wide' });
    const [created] = await json<App[]>('create', '--spec', file, '--wait');
    app = created?.id ?? '';
    expect(created?.active_deployment?.phase).toBe('ACTIVE');
    expect(await (await fetch(created?.live_url ?? '')).text()).toBe('hello');
    expect((await json<App[]>('get', app))[0]?.spec.name).toBe('wide');
    expect((await json<App[]>('list')).map(({ id }) => id)).toEqual([app]);
  });

  it('reads back the spec that it sent, and sends it again without a change', async () => {
    const read = parse(await doctl('spec', 'get', app)) as AppSpec;
    const [web] = spec.services ?? [];
    expect(read).toEqual({ ...spec, services: [{ ...web, http_port: 8080 }] });
    await doctl('update', app, '--spec', await specFile(read), '--wait');
    expect(parse(await doctl('spec', 'get', app))).toEqual(read);
  });

  it('leaves nothing to deploy for ours', async () => {
    const [live] = await json<App[]>('get', app);
    expect(planDeploy({ spec, matching: new Set() }, live)).toMatchObject({ action: 'none', changes: [] });
    const changed = { ...spec, envs: [{ key: 'LEVEL', value: 'debug' }] };
    expect(planDeploy({ spec: changed, matching: new Set() }, live)).toMatchObject({ action: 'update' });
  });

  it('proposes it', async () => {
    const [line = ''] = (
      await doctl('propose', '--spec', await specFile(spec), '--app', app, '--no-header')
    ).split('\n');
    expect(line).toMatch(/^yes +no +0 of 3 free +10\.00/);
  });

  it.each(logTypes)(
    'shows the %s log of all components, each line with its component and time',
    async (type) => {
      const lines = (await doctl('logs', app, '--type', type)).split('\n').filter((line) => line !== '');
      for (const line of lines) expect(line).toMatch(stamped);
      expect(lines.join('\n')).toContain(logged[type]);
      if (type === 'build') expect(new Set(lines.map((line) => line.split(' ')[0])).size).toBe(4);
    },
  );

  it('shows the log of one component, its end, and refuses an unknown one', async () => {
    const lines = (await doctl('logs', app, 'mailer', '--tail', '2')).trim().split('\n');
    expect(lines.map((line) => line.replace(/ \S+Z /, ' '))).toEqual(['mailer mailing', 'mailer mailing']);
    const { exitCode, all } = await start('logs', app, 'nobody');
    expect(exitCode).toBe(1);
    expect(all).toContain('404');
  });

  it.each(logTypes)('follows the %s log', async (type) => {
    const follows = start('logs', app, '--type', type, '--follow');
    if (type === 'build' || type === 'deploy') {
      expect((await follows).all).toContain(logged[type]);
      return;
    }
    if (type === 'run') {
      const seen = (async () => {
        for await (const line of follows) if (line.includes('asked for /followed')) return;
      })();
      const [{ live_url: url = '' } = {} as App] = await json<App[]>('get', app);
      // It may not listen yet when the first request is printed; all that was printed is shown, too.
      await fetch(`${url}/followed`);
      await seen;
    }
    follows.kill('SIGINT');
    expect((await follows).all).not.toMatch(/error/i);
  });

  it('deploys again, and lists deployments', async () => {
    const [made] = await json<Deployment[]>('create-deployment', app, '--wait', '--force-rebuild');
    const listed = await json<Deployment[]>('list-deployments', app);
    expect(listed.map(({ phase }) => phase)).toEqual(['ACTIVE', 'SUPERSEDED', 'SUPERSEDED']);
    expect(
      (await json<Deployment[]>('get-deployment', app, made?.id ?? ''))[0]?.progress?.success_steps,
    ).toBe(15);
  });

  it('says which step of a build failed', async () => {
    const [web] = spec.services ?? [];
    const services = [{ ...web, build_command: 'echo no compiler; exit 3' }] as AppSpec['services'];
    const broken = await specFile({ ...spec, services });
    const { exitCode, all = '' } = await start('update', app, '--spec', broken, '--wait');
    expect(exitCode).toBe(1);
    expect(all).toMatch(/Name:"build", Status:"ERROR"/);
    expect(all).toContain('BuildJobExitNonZero');
    expect(all).toMatch(/Name:"deploy", Status:"PENDING"/);
  });

  it('lists alerts, and changes their destinations', async () => {
    type Alert = { id: string; spec: { rule: string }; emails?: string[] };
    const [alert] = await json<Alert[]>('list-alerts', app);
    expect(alert?.spec.rule).toBe('DEPLOYMENT_FAILED');
    const file = join(test.folder, 'destinations.yaml');
    await writeFile(file, stringify({ emails: ['sammy@example.com'], slack_webhooks: [] }));
    const [changed] = await json<Alert[]>(
      'update-alert-destinations',
      app,
      alert?.id ?? '',
      '--app-alert-destinations',
      file,
    );
    expect(changed?.emails).toEqual(['sammy@example.com']);
  });

  it('lists regions and instance sizes', async () => {
    expect(await doctl('list-regions')).toContain('fra');
    expect(await doctl('tier', 'instance-size', 'list')).toContain('apps-s-1vcpu-0.5gb');
    expect(await doctl('tier', 'instance-size', 'get', 'apps-s-1vcpu-0.5gb')).toContain('apps-s-1vcpu-0.5gb');
  });

  it('deletes it', async () => {
    await doctl('delete', app, '--force');
    expect(await json<App[] | null>('list')).toEqual([]);
  });

  it('was seen with the calls that the page lists', () => {
    expect(operationsOf(test.platform.requests)).toEqual(documentedFor('doctl'));
  });
});
