import type { AppSpec, Env } from '@odoobo/app-platform/spec';

interface Component {
  envs?: Env[] | undefined;
  image?: { registry_credentials?: string | undefined } | undefined;
}

/**
 * A copy of the spec with `change` applied to every secret that has a value: environment variables of type SECRET, of
 * the app and of each component, and the credentials of image registries.
 */
export function mapSecrets(spec: AppSpec, change: (value: string) => string): AppSpec {
  const copy = structuredClone(spec);
  const components: Component[] = [
    ...(copy.services ?? []),
    ...(copy.workers ?? []),
    ...(copy.jobs ?? []),
    ...(copy.static_sites ?? []),
    ...(copy.functions ?? []),
  ];
  for (const { envs, image } of [copy, ...components] as Component[]) {
    for (const env of envs ?? []) {
      if (env.type === 'SECRET' && env.value !== undefined && env.value !== '') env.value = change(env.value);
    }
    if (image?.registry_credentials) image.registry_credentials = change(image.registry_credentials);
  }
  return copy;
}
