import { isEncrypted, type Env, type Service } from '@odoobo/app-platform/spec';
import { hostPath } from '../process/host-path.js';
import type { SecretBox } from '../state/secrets.js';
import { bind, type Bindings } from './bindables.js';

export interface ServiceEnvironment {
  env: Record<string, string>;
  /** Secrets that were encrypted by another platform: left out, because nobody here can read them. */
  unreadable: string[];
}

/**
 * The whole environment of a service: its image's, its spec's, and what it needs to run here: PORT, HOST and PATH.
 * Nothing of this process's own environment is handed on.
 */
export function serviceEnvironment(
  image: Record<string, string>,
  service: Service,
  secrets: SecretBox,
  bindings: Bindings,
): ServiceEnvironment {
  const own: Record<string, string> = {};
  const unreadable: string[] = [];
  for (const variable of [...(bindings.spec.envs ?? []), ...(service.envs ?? [])]) {
    if (variable.scope === 'BUILD_TIME') continue;
    const value = valueOf(variable, secrets, bindings);
    if (value === undefined) unreadable.push(variable.key);
    else own[variable.key] = value;
  }
  // The image's PATH means folders inside the image, so the machine's is used.
  const here = { PATH: hostPath(), HOST: '127.0.0.1' };
  // The port is always ours: all services share this machine, so http_port itself may be anyone's.
  return { env: { ...image, ...here, ...own, PORT: String(bindings.port) }, unreadable };
}

/** A secret is taken as it is: what looks like a bindable in it is part of the secret. */
function valueOf({ type, value = '' }: Env, secrets: SecretBox, bindings: Bindings): string | undefined {
  if (type !== 'SECRET') return bind(value, bindings);
  return isEncrypted(value) ? secrets.decrypt(value) : value;
}
