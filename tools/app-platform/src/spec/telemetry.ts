import type { AppSpec } from './app-spec.js';
import type { Env } from './envs.js';

/** The variable in which OpenTelemetry's SDKs look for attributes of what they export, in any language. */
const attributesKey = 'OTEL_RESOURCE_ATTRIBUTES';
const endpoint = /^OTEL_EXPORTER_OTLP_(?:(?:TRACES|METRICS|LOGS)_)?ENDPOINT$/;

interface Component {
  envs?: Env[] | undefined;
}

/** Whether a component of the app exports telemetry. */
export function exportsTelemetry(spec: AppSpec): boolean {
  const components = [spec, ...(spec.services ?? []), ...(spec.workers ?? []), ...(spec.jobs ?? [])];
  return components.some(({ envs }) => hasEndpoint(envs));
}

/** The spec in which each component that exports telemetry says what it is. What the spec says itself has precedence. */
export function withResourceAttributes(spec: AppSpec, attributes: Record<string, string>): AppSpec {
  const forAll = spec.envs;
  const described = <T extends Component>(component: T): T =>
    hasEndpoint([...(forAll ?? []), ...(component.envs ?? [])])
      ? { ...component, envs: withAttributes(component.envs ?? [], attributes, forAll) }
      : component;
  return {
    ...spec,
    ...(spec.services && { services: spec.services.map(described) }),
    ...(spec.workers && { workers: spec.workers.map(described) }),
    ...(spec.jobs && { jobs: spec.jobs.map(described) }),
  };
}

/** Adds attributes to those that the variables have; nothing where they have none, because then nothing is exported. */
export function withMoreAttributes(envs: readonly Env[], attributes: Record<string, string>): Env[] {
  return envs.some(({ key }) => key === attributesKey) ? withAttributes(envs, attributes) : [...envs];
}

function hasEndpoint(envs: readonly Env[] | undefined): boolean {
  return envs?.some(({ key }) => endpoint.test(key)) ?? false;
}

/** @param forAll variables of the whole app, which one of the component replaces */
function withAttributes(
  envs: readonly Env[],
  attributes: Record<string, string>,
  forAll: readonly Env[] = [],
): Env[] {
  const said = [...envs, ...forAll].find(({ key }) => key === attributesKey)?.value;
  const names = new Set(said?.split(',').map((pair) => pair.split('=', 1)[0]?.trim()));
  const added = Object.entries(attributes)
    .filter(([name]) => !names.has(name))
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const value = [...added, ...(said ? [said] : [])].join(',');
  const others = envs.filter(({ key }) => key !== attributesKey);
  return [...others, { key: attributesKey, value, scope: 'RUN_TIME', type: 'GENERAL' }];
}
