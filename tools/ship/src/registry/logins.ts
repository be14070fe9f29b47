import { askHelper, HelperError, type HelperLogin } from './credential-helper.js';
import {
  type DockerConfig,
  type DockerEntry,
  entriesOf,
  readDockerConfig,
  serverOf,
} from './docker-config.js';
import { ImageError, imageTroubles } from './registry-error.js';

/** A login for pushing to, or pulling from, a registry. Never log it. */
export interface Login {
  user: string;
  password: string;
  /** The password is a refresh token, which a token server accepts in place of a login. */
  identityToken?: true;
  /** The source of the login, for messages: `GITHUB_TOKEN`. */
  from: string;
}

/** What this machine knows about a registry. */
export interface Known {
  login?: Login | undefined;
  /** What to do if the login is missing or rejected. */
  advice: string;
}

/** The logins of this machine: from `docker login`, then from the environment. */
export class Logins {
  readonly #known = new Map<string, Promise<Known>>();

  private constructor(
    readonly env: NodeJS.ProcessEnv,
    readonly config: DockerConfig,
  ) {}

  /** @throws ImageError when docker's file is there and cannot be read */
  static async read(env: NodeJS.ProcessEnv): Promise<Logins> {
    return new Logins(env, await readDockerConfig(env));
  }

  /**
   * Finds the login of a registry; calls a helper for it only once.
   * @throws ImageError where docker's file has one that cannot be read
   */
  find(registry: string): Promise<Known> {
    const known = this.#known.get(registry) ?? this.#find(registry);
    this.#known.set(registry, known);
    return known;
  }

  async #find(registry: string): Promise<Known> {
    const kept = await this.#ofHelper(registry);
    const login = kept.login ?? this.#ofFile(registry) ?? loginInEnvironment(registry, this.env);
    const trouble = kept.trouble === undefined ? '' : ` (${kept.trouble}, which ${this.config.file} names)`;
    return { login, advice: `${loginAdvice(registry)}${trouble}` };
  }

  /** A failing helper may not be needed: the image can be public, or the login in the environment. */
  async #ofHelper(registry: string): Promise<{ login?: Login; trouble?: string }> {
    const { credHelpers, credsStore, file } = this.config;
    const helper = entriesOf(credHelpers, registry)[0] ?? credsStore;
    if (!helper) return {};
    try {
      const login: HelperLogin | undefined = await askHelper(helper, serverOf(registry), { env: this.env });
      return login ? { login: { ...login, from: `docker-credential-${helper}, which ${file} names` } } : {};
    } catch (error) {
      if (error instanceof HelperError) return { trouble: error.message };
      throw error;
    }
  }

  #ofFile(registry: string): Login | undefined {
    const { auths, file } = this.config;
    for (const entry of entriesOf(auths, registry)) {
      const login = loginIn(entry, registry, file);
      if (login) return login;
    }
    return undefined;
  }
}

/** Undefined for an entry that only says that a helper has the login. */
function loginIn(entry: DockerEntry, registry: string, from: string): Login | undefined {
  const { user, password } = entry.auth ? decoded(entry.auth, registry, from) : named(entry);
  if (entry.identitytoken) return { user, password: entry.identitytoken, identityToken: true, from };
  return user !== '' && password !== '' ? { user, password, from } : undefined;
}

function named({ username = '', password = '' }: DockerEntry): Pick<Login, 'user' | 'password'> {
  return { user: username, password };
}

/** Decoded as docker does: `user:password` in base64, with trailing zeros in files of old versions. */
function decoded(auth: string, registry: string, file: string): Pick<Login, 'user' | 'password'> {
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon > 0) return { user: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
  throw new ImageError(
    imageTroubles.dockerConfig,
    `${file}: "auth" of ${registry} is not valid. Log in again: docker login ${registry}`,
  );
}

function loginInEnvironment(registry: string, env: NodeJS.ProcessEnv): Login | undefined {
  switch (registry) {
    case 'registry.digitalocean.com': {
      // The token is user and password: https://docs.digitalocean.com/products/container-registry/how-to/use-registry-docker-kubernetes/
      const from = env['DIGITALOCEAN_ACCESS_TOKEN'] ? 'DIGITALOCEAN_ACCESS_TOKEN' : 'DO_ACCESS_TOKEN';
      return loginOf(env[from], env[from], from);
    }
    case 'ghcr.io':
      // The registry checks only the token, but requires a user.
      return loginOf(env['GITHUB_ACTOR'] || 'github', env['GITHUB_TOKEN'], 'GITHUB_TOKEN');
    case 'docker.io':
      return loginOf(env['DOCKERHUB_USERNAME'], env['DOCKERHUB_TOKEN'], 'DOCKERHUB_TOKEN');
    default:
      return undefined;
  }
}

/** A pipeline passes a secret that is not set as an empty string. */
function loginOf(user: string | undefined, password: string | undefined, from: string): Login | undefined {
  return user && password ? { user, password, from } : undefined;
}

/** What to do if there is no login. */
function loginAdvice(registry: string): string {
  switch (registry) {
    case 'registry.digitalocean.com':
      return 'Set DIGITALOCEAN_ACCESS_TOKEN';
    case 'ghcr.io':
      return 'Set GITHUB_TOKEN to a token with the scope write:packages, or run: docker login ghcr.io';
    case 'docker.io':
      return 'Set DOCKERHUB_USERNAME and DOCKERHUB_TOKEN, or run: docker login';
    default:
      return `Run: docker login ${registry}`;
  }
}
