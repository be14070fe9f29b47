import type { AppSpec } from '@odoobo/app-platform/spec';

/** A variable as the page shows it: never its value, which may be an undeclared secret. */
export interface Variable {
  key: string;
  /** Undefined for the whole app. */
  component?: string;
  scope: string;
  secret: boolean;
  set: boolean;
}

/** Where the deployer keeps what it wants to know of an app. */
const ofTheDeployer = /^SKILLS_/;

const scopes: Record<string, string> = {
  RUN_TIME: 'when it runs',
  BUILD_TIME: 'when it is built',
  RUN_AND_BUILD_TIME: 'always',
};

/** The variables and secrets of an app, by name. */
export function variablesOf(spec: AppSpec): Variable[] {
  const { services = [], workers = [], jobs = [], static_sites: sites = [], functions = [] } = spec;
  const components = [...services, ...workers, ...jobs, ...sites, ...functions];
  return [
    ...ownVariables(spec.envs),
    ...components.flatMap(({ name, envs }) =>
      ownVariables(envs).map((variable) => ({ ...variable, component: name })),
    ),
  ].sort((a, b) => a.key.localeCompare(b.key) || (a.component ?? '').localeCompare(b.component ?? ''));
}

function ownVariables(envs: AppSpec['envs'] = []): Variable[] {
  return envs
    .filter(({ key }) => !ofTheDeployer.test(key))
    .map(({ key, scope = '', type, value = '' }) => ({
      key,
      // What App Platform takes where a spec says nothing.
      scope: scopes[scope] ?? 'always',
      secret: type === 'SECRET',
      set: value !== '',
    }));
}
