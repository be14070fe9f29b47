import type { AppSpec } from '@odoobo/app-platform';
import { type Platform, startPlatform } from '@odoobo/local-platform';
import { execa } from 'execa';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A platform that really runs apps, with a repository to build them from. */
export interface ClientTest {
  platform: Platform;
  /** For the files of the client; deleted at the end. */
  folder: string;
  /** The clone URL of the sources of `wideApp`. */
  repository: string;
  close(): Promise<void>;
}

export async function startClientTest(): Promise<ClientTest> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'client-')));
  const repository = join(folder, 'repository');
  await writeSources(repository);
  const platform = await startPlatform({ directory: join(folder, 'platform') });
  const close = async () => {
    await platform.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { platform, folder, repository, close };
}

const server = `console.log('listening on ' + process.env.PORT);
require('node:http')
  .createServer((request, response) => {
    console.log('asked for ' + request.url);
    response.end('hello');
  })
  .listen(process.env.PORT, '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`;

async function writeSources(repository: string): Promise<void> {
  await mkdir(repository);
  const files = {
    'package.json': '{ "name": "shop", "version": "1.0.0" }',
    'package-lock.json':
      '{ "name": "shop", "version": "1.0.0", "lockfileVersion": 3, "packages": { "": {} } }',
    'server.js': server,
    'index.html': '<h1>The manual</h1>',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(repository, name), text);
  const git = (...args: string[]) => execa('git', args, { cwd: repository });
  await git('init', '-q', '-b', 'main');
  await git('add', '-A');
  await git('-c', 'user.name=Test', '-c', 'user.email=test@example.invalid', 'commit', '-qm', 'first');
}

/** An app with a component of each kind, variables, an alert and ingress rules. */
export function wideApp(name: string, repository: string): AppSpec {
  const git = { repo_clone_url: repository, branch: 'main' };
  const size = { instance_size_slug: 'apps-s-1vcpu-0.5gb', instance_count: 1 };
  return {
    name,
    region: 'fra',
    envs: [{ key: 'LEVEL', value: 'info' }],
    alerts: [{ rule: 'DEPLOYMENT_FAILED' }],
    services: [
      { name: 'web', git, ...size, run_command: 'node server.js', health_check: { http_path: '/' } },
    ],
    workers: [{ name: 'mailer', git, ...size, run_command: 'while true; do echo mailing; sleep 1; done' }],
    jobs: [{ name: 'migrate', git, ...size, kind: 'PRE_DEPLOY', run_command: 'echo migrated' }],
    static_sites: [{ name: 'manual', git }],
    ingress: {
      rules: [
        { match: { path: { prefix: '/' } }, component: { name: 'web' } },
        { match: { path: { prefix: '/manual' } }, component: { name: 'manual' } },
      ],
    },
  };
}
