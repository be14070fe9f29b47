import { readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { EngineName } from './container-engine.js';

/** A setting that says where short names lead, also in the form of old versions. */
const settles = /^\s*(unqualified-search-registries\s*=|\[registries\.)/m;

/**
 * docker takes `FROM node:22` to name an image of Docker Hub, and so does App Platform. podman and buildah ask their configuration,
 * which on many systems names no registry: then a build gets a copy of it that names Docker Hub.
 * https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md
 * @param file Where the copy is written.
 * @returns the variable that the build needs; none where nothing was written
 */
export async function shortNames(engine: EngineName, file: string): Promise<Record<string, string>> {
  if (engine === 'docker') return {};
  const own = await configuration();
  if (settles.test(own)) return {};
  await writeFile(file, `unqualified-search-registries = ["docker.io"]\n${own}`);
  return { CONTAINERS_REGISTRIES_CONF: file };
}

/** The file that the engine would read: the first that is there. Those of `registries.conf.d` are read besides, and win. */
async function configuration(): Promise<string> {
  const { CONTAINERS_REGISTRIES_CONF: named, XDG_CONFIG_HOME: home = join(homedir(), '.config') } =
    process.env;
  const usual = [join(home, 'containers/registries.conf'), '/etc/containers/registries.conf'];
  for (const file of named === undefined ? usual : [named]) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  return '';
}
