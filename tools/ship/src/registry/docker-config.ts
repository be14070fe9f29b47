import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { ImageError, imageTroubles } from './registry-error.js';

/** docker's entry for one login. Never log it. */
const entrySchema = z.object({
  /** `user:password` in base64. It takes precedence over the two below, as in docker. */
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  /** A refresh token, in place of a password. */
  identitytoken: z.string().optional(),
});

export type DockerEntry = z.infer<typeof entrySchema>;

/** The name of a helper is the end of a program's name, so it must not lead to another folder. */
const helperSchema = z.string().regex(/^[\w][\w.-]*$/);

/** docker's own file: https://docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties */
const configSchema = z.object({
  auths: z.record(z.string(), entrySchema).default({}),
  credsStore: z.union([helperSchema, z.literal('')]).optional(),
  credHelpers: z.record(z.string(), helperSchema).default({}),
});

export interface DockerConfig extends z.infer<typeof configSchema> {
  file: string;
}

/**
 * Reads docker's `config.json`: from `DOCKER_CONFIG`, else the user's. A missing file counts as empty.
 * @throws ImageError when it is there and cannot be read
 */
export async function readDockerConfig(env: NodeJS.ProcessEnv): Promise<DockerConfig> {
  const file = join(env['DOCKER_CONFIG'] || join(homedir(), '.docker'), 'config.json');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '{}';
    throw new ImageError(
      imageTroubles.dockerConfig,
      `${file}, where docker keeps its logins, cannot be read. Check its permissions, or name another folder: DOCKER_CONFIG`,
      { cause },
    );
  });
  return { ...parse(text, file), file };
}

function parse(text: string, file: string): z.infer<typeof configSchema> {
  try {
    return configSchema.parse(JSON.parse(text));
  } catch {
    // Without the reason, because it may repeat the content.
    throw new ImageError(
      imageTroubles.dockerConfig,
      `${file} is not a valid configuration of docker. Move it away, and log in again: docker login`,
    );
  }
}

/** docker's own name for Docker Hub, since its first version. */
const dockerHubKey = 'https://index.docker.io/v1/';
const dockerHubHosts = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

/** The server name that docker uses, also for a helper. @param registry such as `ghcr.io` */
export function serverOf(registry: string): string {
  return registry === 'docker.io' ? dockerHubKey : registry;
}

/** The entries of a registry under any of its names; the name that docker itself writes comes first. */
export function entriesOf<T>(kept: Record<string, T>, registry: string): T[] {
  const own = serverOf(registry);
  const names = Object.keys(kept).filter((name) => hostOf(name) === registry);
  return names.sort((a, b) => Number(b === own) - Number(a === own)).flatMap((name) => kept[name] ?? []);
}

/** Names are `ghcr.io`, `https://ghcr.io`, `https://ghcr.io/v2/`; for Docker Hub `https://index.docker.io/v1/`. */
function hostOf(name: string): string {
  const host = name
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '')
    .toLowerCase();
  return dockerHubHosts.includes(host) ? 'docker.io' : host;
}
