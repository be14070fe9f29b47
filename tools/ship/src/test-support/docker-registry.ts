import { freePort } from '@odoobo/machine/network';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Whether a real registry is installed: Debian's package `docker-registry`. CI must have it. */
export const hasDockerRegistry =
  Boolean(process.env['CI']) || spawnSync('docker-registry', ['--version']).status === 0;

/** The user of a registry that requires a login. */
export const registryUser = { user: 'deployer', password: 'right-password' };
const htpasswd = 'deployer:$2b$05$abcdefghijklmnopqrstuuBO.kmgTJhdt40M5ZyHgFmcpBdUb9aS.\n';

export interface DockerRegistry {
  /** `127.0.0.1:5000` */
  host: string;
  /** The path of a blob on disk. */
  blobFile(digest: string): string;
  /** Every request that it has answered, such as `PUT /v2/acme/shop/manifests/latest 201`. */
  requests(): Promise<string[]>;
  close(): Promise<void>;
}

/** Starts a real registry in its own folder. @param login whether it requires the login of `registryUser` */
export async function startDockerRegistry({ login = false } = {}): Promise<DockerRegistry> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'docker-registry-')));
  const host = `127.0.0.1:${await freePort()}`;
  await writeFile(join(folder, 'htpasswd'), htpasswd);
  await writeFile(join(folder, 'config.json'), JSON.stringify(configuration(folder, host, login)));
  const log = join(folder, 'log.jsonl');
  const output = openSync(log, 'a');
  const registry = spawn('docker-registry', ['serve', join(folder, 'config.json')], {
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const exited = once(registry, 'exit');
  await untilReady(host, async () => (registry.exitCode === null ? undefined : readFile(log, 'utf8')));
  return {
    host,
    blobFile: (digest) => {
      const hex = digest.replace('sha256:', '');
      return join(folder, 'data/docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
    },
    requests: async () => (await readFile(log, 'utf8')).split('\n').flatMap(requestIn),
    close: async () => {
      registry.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The file is JSON, which is valid YAML. */
function configuration(folder: string, addr: string, login: boolean): object {
  return {
    version: 0.1,
    log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr },
    ...(login && { auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } } }),
  };
}

async function untilReady(host: string, ended: () => Promise<string | undefined>): Promise<void> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await delay(20)) {
    const log = await ended();
    if (log !== undefined) throw new Error(`docker-registry did not start: ${log}`);
    if (await fetch(`http://${host}/v2/`).catch(() => undefined)) return;
  }
  throw new Error(`docker-registry did not answer on ${host} within 30 s.`);
}

function requestIn(line: string): string[] {
  if (!line.includes('"response completed"')) return [];
  const entry = JSON.parse(line) as Record<string, unknown>;
  return [`${entry['http.request.method']} ${entry['http.request.uri']} ${entry['http.response.status']}`];
}
