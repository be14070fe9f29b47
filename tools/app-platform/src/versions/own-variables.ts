import type { AppSpec, Env } from '../spec/index.js';

/**
 * Our own data about an app, in a variable of the whole app. It is JSON in which the platform finds nothing to
 * fill in, such as `${APP_URL}`.
 * @param scope build time if it must not reach the service; a change of it then rebuilds the app
 */
export function withOwnVariable(
  spec: AppSpec,
  key: string,
  value: object | undefined,
  scope: Env['scope'],
): AppSpec {
  const others = spec.envs?.filter((env) => env.key !== key);
  if (!value) return others && others.length < (spec.envs?.length ?? 0) ? { ...spec, envs: others } : spec;
  const text = JSON.stringify(value).replaceAll('$', String.raw`\u0024`);
  return { ...spec, envs: [...(others ?? []), { key, value: text, scope, type: 'GENERAL' }] };
}

/** The value of such a variable; undefined if it is missing or not JSON. */
export function ownVariable(spec: AppSpec | undefined, key: string): unknown {
  const text = spec?.envs?.find((env) => env.key === key)?.value;
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
