import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';

/** Who pushes to, or pulls from, a registry. Never to be logged. */
export interface Login {
  user: string;
  password: string;
  /** Where it is from, for messages: `GITHUB_TOKEN`. */
  from: string;
}

/** docker's own file: https://docs.docker.com/reference/cli/docker/login/ */
const configSchema = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional() })).default({}),
});

/** The logins of this machine: those of `docker login`, then those that the environment holds. */
export class Logins {
  readonly #auths: ReadonlyMap<string, string>;

  private constructor(
    readonly env: NodeJS.ProcessEnv,
    readonly file: string,
    auths: ReadonlyMap<string, string>,
  ) {
    this.#auths = auths;
  }

  /** @throws when docker's file is there and cannot be read */
  static async read(env: NodeJS.ProcessEnv): Promise<Logins> {
    const file = join(env['DOCKER_CONFIG'] || join(homedir(), '.docker'), 'config.json');
    return new Logins(env, file, await readAuths(file));
  }

  find(registry: string): Login | undefined {
    return this.#ofDocker(registry) ?? this.#ofEnvironment(registry);
  }

  #ofDocker(registry: string): Login | undefined {
    const [user, ...password] = Buffer.from(this.#auths.get(registry) ?? '', 'base64')
      .toString('utf8')
      .split(':');
    return user && password.length > 0 ? { user, password: password.join(':'), from: this.file } : undefined;
  }

  #ofEnvironment(registry: string): Login | undefined {
    if (registry === 'registry.digitalocean.com') {
      // The token is user and password: https://docs.digitalocean.com/products/container-registry/how-to/use-registry-docker-kubernetes/
      const from = this.env['DIGITALOCEAN_ACCESS_TOKEN'] ? 'DIGITALOCEAN_ACCESS_TOKEN' : 'DO_ACCESS_TOKEN';
      const token = this.env[from];
      return token ? { user: token, password: token, from } : undefined;
    }
    const token = this.env['GITHUB_TOKEN'];
    // The registry looks at the token alone, but wants some user.
    const user = this.env['GITHUB_ACTOR'] || 'github';
    return registry === 'ghcr.io' && token ? { user, password: token, from: 'GITHUB_TOKEN' } : undefined;
  }
}

/** What to do where there is no login. */
export function loginAdvice(registry: string): string {
  if (registry === 'registry.digitalocean.com') return 'Set DIGITALOCEAN_ACCESS_TOKEN';
  const docker = `docker login ${registry} (a login that docker keeps in a credential helper is not seen)`;
  return registry === 'ghcr.io'
    ? `Set GITHUB_TOKEN to a token with the scope write:packages, or run: ${docker}`
    : `Run: ${docker}`;
}

async function readAuths(file: string): Promise<Map<string, string>> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '{}';
    throw new Error(`${file}, where docker keeps its logins, cannot be read.`, { cause: error });
  });
  const { auths } = parseConfig(text, file);
  return new Map(Object.entries(auths).flatMap(([key, { auth }]) => (auth ? [[hostOf(key), auth]] : [])));
}

function parseConfig(text: string, file: string): z.infer<typeof configSchema> {
  try {
    return configSchema.parse(JSON.parse(text));
  } catch {
    // Not told why: the reason may repeat what is in it.
    throw new Error(`${file} is not what docker writes there. Log in again: docker login`);
  }
}

/** Keys are `ghcr.io` or `https://ghcr.io`, and of Docker Hub `https://index.docker.io/v1/`. */
function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return host === 'index.docker.io' ? 'docker.io' : host;
}
