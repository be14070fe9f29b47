import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What docker calls Docker Hub in its file of logins; podman and buildah call it by its host. */
const dockerHub = 'https://index.docker.io/v1/';

/**
 * Calls a container engine with a login of its own, in place of those of the machine. The login is in a file that only this user can read,
 * for as long as the call runs: in a command line or a variable, others could see it.
 * @param folder where the file is made
 * @param image whose registry it is for, such as `ghcr.io/acme/shop`
 * @param credentials `user:token`; without them the machine's logins are used
 * @param environment of the engine
 */
export async function withLogin<T>(
  folder: string,
  image: string,
  credentials: string | undefined,
  environment: Record<string, string>,
  call: (environment: Record<string, string>) => Promise<T>,
): Promise<T> {
  if (credentials === undefined) return call(environment);
  const own = join(folder, `login-${randomUUID()}`);
  const file = join(own, 'config.json');
  try {
    await mkdir(own, { recursive: true, mode: 0o700 });
    const context = await keepContexts(environment, own);
    await writeFile(file, JSON.stringify({ ...context, auths: authsOf(image, credentials) }), {
      mode: 0o600,
    });
    // docker reads the first, podman and buildah the second.
    return await call({ ...environment, DOCKER_CONFIG: own, REGISTRY_AUTH_FILE: file });
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

function authsOf(image: string, credentials: string): Record<string, { auth: string }> {
  const [host = ''] = image.split('/');
  const login = { auth: Buffer.from(credentials).toString('base64') };
  return { [host]: login, ...(host === 'docker.io' && { [dockerHub]: login }) };
}

/** docker looks for its daemon in the same folder: https://docs.docker.com/engine/manage-resources/contexts/ */
async function keepContexts(environment: Record<string, string>, folder: string): Promise<object> {
  const usual = environment['DOCKER_CONFIG'] ?? join(environment['HOME'] ?? homedir(), '.docker');
  const text = await readFile(join(usual, 'config.json'), 'utf8').catch(() => '{}');
  await symlink(join(usual, 'contexts'), join(folder, 'contexts'));
  return contextOf(text);
}

function contextOf(text: string): object {
  try {
    const { currentContext } = JSON.parse(text) as { currentContext?: unknown };
    return typeof currentContext === 'string' ? { currentContext } : {};
  } catch {
    return {};
  }
}
