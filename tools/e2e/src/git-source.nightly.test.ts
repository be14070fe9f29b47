import { type App, type Deployment, parseAppSpec, resolveSpec } from '@odoobo/app-platform/spec';
import { mapRepository, startPlatform } from '@odoobo/local-platform';
import { execa } from 'execa';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { until } from './support/poll.js';

const repository = join(import.meta.dirname, '../../..');
const branch = 'skill/pr-review';
const specFile = 'infra/do-gradient/pr-review/app-spec.yaml';

const registry = await execa('npm', ['view', 'nx', 'version'], { cwd: repository, reject: false });

/** The time of a complete install and build of the repository, as App Platform does it for the spec as written. */
const buildMs = 10 * 60_000;

it.skipIf(registry.failed)(
  'deploys the App Spec of a skill as it is written: clones this repository, builds it and runs it (needs an npm registry)',
  async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'git-source-')));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const commit = await cloneTo(join(folder, 'origin.git'));
    const directory = join(folder, 'platform');
    await mapRepository(directory, 'owner/repository', join(folder, 'origin.git'));
    const platform = await startPlatform({ directory });
    onTestFinished(() => platform.close());
    const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
      const headers = { authorization: `Bearer ${platform.token}`, 'content-type': 'application/json' };
      const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
      return (await (await fetch(`${platform.url}${path}`, init)).json()) as T;
    };

    const { spec, missing } = resolveSpec({
      spec: parseAppSpec(await readFile(join(repository, specFile), 'utf8'), specFile),
      file: specFile,
      environment: { GITHUB_REPOSITORY: 'owner/repository', GITHUB_REF_NAME: branch },
      artefact: { repository: 'pr-review', digest: `sha256:${'0'.repeat(64)}` },
      source: 'as-written',
    });
    expect(missing).toEqual([]);
    const { app } = await call<{ app: App }>('POST', '/v2/apps', { spec });
    const path = `/v2/apps/${app.id}/deployments/${app.pending_deployment?.id}`;
    const ended = await until(
      'the end of the deployment',
      async () => {
        const { deployment } = await call<{ deployment: Deployment }>('GET', path);
        return ['ACTIVE', 'ERROR'].includes(deployment.phase ?? '') && deployment;
      },
      buildMs,
    );

    expect(ended, JSON.stringify(ended.progress)).toMatchObject({
      phase: 'ACTIVE',
      services: [{ source_commit_hash: commit }],
    });
    const { live_url: url } = (await call<{ app: App }>('GET', `/v2/apps/${app.id}`)).app;
    const health = await fetch(`${url}/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ status: 'healthy', skill: 'pr-review' });
  },
  buildMs + 60_000,
);

/** Clones this repository to `origin`, and sets the branch of a skill there to its HEAD. @returns the commit */
async function cloneTo(origin: string): Promise<string> {
  await execa('git', ['clone', '--quiet', '--bare', repository, origin]);
  const { stdout: head } = await execa('git', ['-C', repository, 'rev-parse', 'HEAD']);
  await execa('git', ['-C', origin, 'update-ref', `refs/heads/${branch}`, head]);
  return head;
}
