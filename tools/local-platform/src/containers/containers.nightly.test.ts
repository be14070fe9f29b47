import type { AppSpec, Deployment, ImageSource, Service } from '@odoobo/app-platform/spec';
import { processTable } from '@odoobo/machine/process-table';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { GitSources } from '../sources/git-sources.js';
import { mapRepository } from '../sources/repositories.js';
import { service, TestRepository, TestSources } from '../sources/repository.test.helper.js';
import { layoutOf } from '../state/layout.js';
import { serverFolder } from '../testing/cli.test.helper.js';
import {
  again,
  baseImage,
  deployed,
  dockerfileOf,
  engineOf,
  folderWithContainers,
  lacksContainers,
  leftOf,
  redeployed,
  tagged,
} from '../testing/containers.test.helper.js';
import { eventually, impatient, noDigest, testPlatform } from '../testing/platform.test.helper.js';
import { Containers } from './containers.js';

const isLacking = await lacksContainers();

function serviceOf(fields: Partial<Service> = {}): Service {
  return {
    name: 'web',
    github: { repo: 'owner/name', branch: 'main' },
    health_check: { ...impatient, failure_threshold: 20 },
    termination: { drain_seconds: 1, grace_period_seconds: 5 },
    ...fields,
  };
}

function specOf(fields: Partial<Service> = {}): AppSpec {
  return { name: 'shop', services: [serviceOf(fields)] };
}

function ofImage(image: ImageSource): AppSpec {
  const { github: _github, ...service } = serviceOf();
  return { name: 'shop', services: [{ ...service, image }] };
}

async function repositoryOf(of: (base: string) => Record<string, string>) {
  const directory = await folderWithContainers();
  const base = await baseImage(directory);
  const repository = await TestRepository.create(of(base));
  await mapRepository(directory, 'owner/name', repository.origin);
  return { directory, base, repository };
}

async function opened(of: (base: string) => Record<string, string>) {
  const made = await repositoryOf(of);
  return { ...made, test: await testPlatform({ directory: made.directory }) };
}

async function textOf(url: string | undefined, path = '/'): Promise<string> {
  return (await fetch(`${url}${path}`)).text();
}

/** How many processes have that command line. */
async function running(command: string): Promise<number> {
  const rows = await processTable().all((row) => row);
  const lines = await Promise.all(
    rows.map(({ pid }) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.replaceAll('\0', ' ').trim() === command).length;
}

describe.skipIf(isLacking)('a Dockerfile (needs busybox, and podman, docker or buildah)', () => {
  it('is built, runs as its image says, is updated, and leaves nothing', async () => {
    const { directory, base, repository, test } = await opened((from) => ({
      Dockerfile: dockerfileOf(from, 'one'),
    }));
    const app = await deployed(test, {
      ...specOf(),
      envs: [
        { key: 'AT_BUILD', value: 'built', scope: 'BUILD_TIME' },
        { key: 'AT_RUN', value: 'two\nlines', scope: 'RUN_TIME' },
        { key: 'PATH', value: '/bin:/of-spec' },
      ],
    });
    expect(app.active_deployment?.phase, await test.log(app.id, 'BUILD')).toBe('ACTIVE');
    expect(await textOf(app.live_url)).toBe('one built\n');
    const seen = await textOf(app.live_url, '/cgi-bin/env');
    expect(seen).toContain('uid=1234(web) gid=77(web)');
    expect(seen).toContain('AT_RUN=two\nlines');
    expect(seen).not.toContain('AT_BUILD');
    expect(await test.log(app.id, 'BUILD')).toMatch(/building Dockerfile with (podman|docker|buildah)/);

    await repository.push({ Dockerfile: dockerfileOf(base, 'two') });
    expect((await again(test, app.id)).phase).toBe('ACTIVE');
    expect(await textOf(app.live_url)).toBe('two built\n');

    await test.platform.close();
    expect(await leftOf(directory)).toEqual([]);
  }, 120_000);

  it('of which a build fails leaves the previous version serving', async () => {
    const { base, repository, test } = await opened((from) => ({ Dockerfile: dockerfileOf(from, 'one') }));
    const app = await deployed(test, specOf());
    const wrong = {
      'a command that fails': `FROM ${base}\nRUN echo no luck && exit 3\n`,
      'a base image that no registry has': 'FROM localhost:1/nowhere:1\n',
      'a line that is none': 'FORM scratch\n',
      'a file that is not there': `FROM ${base}\nCOPY missing /\n`,
    };
    for (const [what, dockerfile] of Object.entries(wrong)) {
      await repository.push({ Dockerfile: dockerfile });
      const failed = await again(test, app.id);
      expect(failed.phase, what).toBe('ERROR');
      expect(JSON.stringify(failed.progress), what).toContain('BuildJobExitNonZero');
      expect(await textOf(app.live_url), what).toBe('one none\n');
    }
  }, 120_000);

  it('of which a build never ends is ended at its deadline', async () => {
    const { base, directory, repository } = await repositoryOf(() => ({ 'a.txt': 'a' }));
    await repository.push({ Dockerfile: `FROM ${base}\nRUN exec sleep 5432\n` });
    const layout = layoutOf(directory);
    const tested = new TestSources(directory, new GitSources(layout, new Containers(layout), 5000));
    await expect(tested.build(service())).rejects.toMatchObject({ code: 'BuildJobTimeout' });
    expect(await running('sleep 5432')).toBe(0);
    expect(await leftOf(directory)).toEqual([]);
  }, 60_000);

  it('ends with its build when that is cancelled', async () => {
    const { base, directory, repository, test } = await opened((from) => ({
      Dockerfile: dockerfileOf(from, 'one'),
    }));
    const app = await deployed(test, specOf());
    const mounted = (await leftOf(directory)).length;
    await repository.push({ Dockerfile: `FROM ${base}\nRUN echo endless && exec sleep 4321\n` });
    const { body } = await test.call<{ deployment: Deployment }>(
      'POST',
      `/v2/apps/${app.id}/deployments`,
      {},
    );
    const { id = '' } = body.deployment;
    await eventually(async () => (await running('sleep 4321')) > 0 || undefined, 30_000);
    await test.call('POST', `/v2/apps/${app.id}/deployments/${id}/cancel`);
    await eventually(async () => (await running('sleep 4321')) === 0 || undefined, 20_000);
    expect((await test.deployment(app.id, id)).phase).toBe('CANCELED');
    expect(await textOf(app.live_url)).toBe('one none\n');
    await eventually(async () => (await leftOf(directory)).length === mounted || undefined);
  }, 120_000);

  it('may be a worker, a job and a static site, in folders of their own', async () => {
    const { test } = await opened((base) => ({
      'back/Dockerfile.jobs': `FROM ${base}\nCOPY say /say\nENTRYPOINT ["/bin/sh", "/say"]\n`,
      'back/say': 'echo migrated',
      'work/Dockerfile': `FROM ${base}\nCMD while :; do echo working; sleep 1; done\n`,
      'site/Dockerfile': `FROM ${base}\nRUN mkdir /out && echo built > /out/index.html\n`,
      'web/Dockerfile': dockerfileOf(base, 'one'),
    }));
    const from = { github: { repo: 'owner/name', branch: 'main' } };
    const soon = { termination: { grace_period_seconds: 1 } };
    const app = await deployed(test, {
      name: 'shop',
      services: [serviceOf({ source_dir: 'web' })],
      workers: [{ name: 'worker', ...from, source_dir: 'work', ...soon }],
      jobs: [
        {
          name: 'migrate',
          kind: 'PRE_DEPLOY',
          ...from,
          source_dir: 'back',
          dockerfile_path: 'back/Dockerfile.jobs',
        },
      ],
      static_sites: [{ name: 'site', ...from, source_dir: 'site', output_dir: '/out' }],
      ingress: {
        rules: [
          { match: { path: { prefix: '/site' } }, component: { name: 'site' } },
          { match: { path: { prefix: '/' } }, component: { name: 'web' } },
        ],
      },
    });
    expect(app.active_deployment?.phase, await test.log(app.id, 'BUILD')).toBe('ACTIVE');
    expect(await textOf(app.live_url, '/site/')).toBe('built\n');
    const logs = await test.log(app.id, 'RUN');
    expect(logs).toContain('migrated');
    expect(logs).toContain('working');
  }, 120_000);

  it('is asked to end by SIGTERM, once, and has its grace period', async () => {
    const { directory, test } = await opened((base) => ({
      Dockerfile: `${dockerfileOf(base, 'one')}CMD trap 'echo asked; sleep 1; echo ended; exit 0' TERM; httpd -f -p $PORT -h /www & wait\n`,
    }));
    const app = await deployed(test, specOf());
    const { active_deployment: before } = app;
    expect((await again(test, app.id)).phase).toBe('ACTIVE');
    await expect
      .poll(() => test.log(app.id, 'RUN', before?.id), { timeout: 20_000 })
      .toMatch(/^(?!.*asked.*asked).*asked.*ended/s);
    const mounted = async () => (await leftOf(directory)).filter((line) => line.includes('/merged '));
    const { name: engine } = await engineOf(directory);
    await expect.poll(mounted, { timeout: 10_000 }).toHaveLength(engine === 'buildah' ? 1 : 0);
  }, 120_000);

  it('may listen on 8080 whatever PORT says, and ends when it takes too much memory', async () => {
    const { test } = await opened((base) => ({
      Dockerfile: dockerfileOf(base, 'one').replace('$PORT', '8080'),
      'eager/Dockerfile': `FROM ${base}\nCMD exec dd if=/dev/zero of=/dev/null bs=1500M\n`,
    }));
    const app = await deployed(test, specOf());
    expect(app.active_deployment?.phase, await test.log(app.id, 'DEPLOY')).toBe('ACTIVE');
    expect(await textOf(app.live_url)).toBe('one none\n');
    const failed = await redeployed(test, app.id, specOf({ source_dir: 'eager' }));
    expect(JSON.stringify(failed.progress?.steps?.[1])).toContain('ContainerOutOfMemory');
  }, 120_000);

  it('keeps running when the platform is killed, and nothing stays when it stops', async () => {
    const { directory } = await repositoryOf((base) => ({ Dockerfile: dockerfileOf(base, 'one') }));
    const server = await serverFolder(directory);
    await server.ensure();
    const { id } = await server.create(specOf());
    const app = await eventually(() => server.settled(id).catch(() => undefined), 60_000);
    await server.killServer();
    expect(await textOf(app.live_url)).toBe('one none\n');
    await server.ensure();
    expect(await textOf((await server.settled(id)).live_url)).toBe('one none\n');
    const logs = await server.call<{ historic_urls: string[] }>('GET', `/v2/apps/${id}/logs?type=DEPLOY`);
    const log = await (await fetch(logs.historic_urls[0] ?? '')).text();
    expect(log.match(/started process/g)).toHaveLength(1);
    await server.stop();
    expect(await leftOf(directory)).toEqual([]);
  }, 120_000);
});

describe.skipIf(isLacking)('an image of a registry (needs busybox, and podman, docker or buildah)', () => {
  it('runs by its tag where only this machine has it; one that cannot be pulled leaves what is live', async () => {
    const { base, directory, test } = await opened(() => ({ 'a.txt': 'a' }));
    await tagged(directory, 'docker.io/acme/web:1', dockerfileOf(base, 'one'));
    const image = { registry_type: 'DOCKER_HUB' as const, registry: 'acme', repository: 'web' };
    const app = await deployed(test, ofImage({ ...image, tag: '1' }));
    expect(app.active_deployment?.phase, await test.log(app.id, 'BUILD')).toBe('ACTIVE');
    expect(await textOf(app.live_url)).toBe('one none\n');
    expect(await test.log(app.id, 'BUILD')).toContain(
      'the registry was not reached, or does not have its tag',
    );
    const failed = await redeployed(test, app.id, ofImage({ ...image, digest: noDigest }));
    expect(JSON.stringify(failed.progress)).toMatch(
      /BuildJobFailed.*docker\.io\/acme\/web@sha256:0+ could not be pulled/,
    );
    expect(await textOf(app.live_url)).toBe('one none\n');
  }, 120_000);
});
