import { freePort } from '@odoobo/machine/network';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { engineOf } from './containers.test.helper.js';
import { afterwards, eventually, temporaryFolder } from './platform.test.helper.js';

const run = promisify(execFile);

/** Whether this machine has no registry to start. */
export function lacksRegistry(): boolean {
  return spawnSync('docker-registry', ['--version']).status !== 0;
}

/** `user:secret`, as htpasswd writes it. */
const password = 'user:$2b$04$HwkAz1haCbsMZP0l8v4ToOqRz1I7rG9SH1PJCyMYTIaRDruL/qQei';

/**
 * A real registry that stands for Docker Hub: what is asked of that goes here, as `registries.conf` says.
 * @param needsLogin only `user:secret` may pull and push
 */
export async function startRegistry(needsLogin = false) {
  const folder = await temporaryFolder();
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(folder, 'config.json');
  const storage = { filesystem: { rootdirectory: join(folder, 'data') } };
  const htpasswd = { realm: 'test', path: join(folder, 'htpasswd') };
  await writeFile(htpasswd.path, `${password}\n`);
  const auth = needsLogin && { auth: { htpasswd } };
  await writeFile(config, JSON.stringify({ version: 0.1, storage, http: { addr: host }, ...auth }));
  const registry = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [registry.stdout, registry.stderr]) stream.on('data', (text) => (log += String(text)));
  afterwards(async () => {
    registry.kill('SIGKILL');
    await once(registry, 'exit').catch(() => undefined);
  });
  await eventually(async () => fetch(`http://${host}/v2/`).catch(() => undefined));
  const mirrors = join(folder, 'registries.conf');
  const insecure = `location = "${host}"\ninsecure = true\n`;
  await writeFile(mirrors, `[[registry]]\nprefix = "docker.io"\n${insecure}[[registry]]\n${insecure}`);
  const earlier = process.env['CONTAINERS_REGISTRIES_CONF'];
  process.env['CONTAINERS_REGISTRIES_CONF'] = mirrors;
  afterwards(async () => {
    if (earlier === undefined) delete process.env['CONTAINERS_REGISTRIES_CONF'];
    else process.env['CONTAINERS_REGISTRIES_CONF'] = earlier;
  });
  return {
    host,
    pulls: (repository: string) => log.split(`GET /v2/${repository}/blobs`).length - 1,
    /** Puts an image of this machine there, under a name such as `acme/web:1`. */
    push: async (directory: string, image: string, as: string) => {
      const { name: engine } = await engineOf(directory);
      await run(engine, ['push', '--tls-verify=false', image, `docker://${host}/${as}`]);
    },
  };
}
