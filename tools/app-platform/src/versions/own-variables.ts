import type { AppSpec, Env } from '../spec/index.js';

/**
 * What travels with an app beside what is wanted, in a variable of the whole app. As JSON in which the platform finds nothing to
 * fill in, such as `${APP_URL}`.
 * @param scope at build time where it must not reach the service; a change of it then builds anew
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

/** What such a variable holds; undefined where it is not there, or not JSON. */
export function ownVariable(spec: AppSpec | undefined, key: string): unknown {
  const text = spec?.envs?.find((env) => env.key === key)?.value;
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
