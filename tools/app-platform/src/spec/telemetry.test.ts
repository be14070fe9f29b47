import { expect, it } from 'vitest';
import { markOf, withMark } from '../versions/mark.js';
import type { AppSpec } from './app-spec.js';
import { withResourceAttributes } from './telemetry.js';

const endpoint = { key: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://collector:4318' };
const image = { registry_type: 'DOCR', repository: 'shop', tag: 'v1' } as const;
const attributes = { 'service.name': 'shop', 'deployment.environment.name': 'a, b' };

function attributesOf({ services = [], workers = [] }: AppSpec) {
  return [...services, ...workers].map(({ envs }) =>
    envs?.filter(({ key }) => key === 'OTEL_RESOURCE_ATTRIBUTES').map(({ value }) => value),
  );
}

it('each component that exports telemetry says what it is; what the spec says has precedence', () => {
  const own = { key: 'OTEL_RESOURCE_ATTRIBUTES', value: 'team=blue,service.name=till' };
  const spec: AppSpec = {
    name: 'shop',
    services: [
      { name: 'traced', image, envs: [endpoint] },
      { name: 'named', image, envs: [endpoint, own] },
      { name: 'silent', image, envs: [] },
    ],
    workers: [{ name: 'mailer', image }],
  };
  const environment = 'deployment.environment.name=a%2C%20b';
  expect(attributesOf(withResourceAttributes(spec, attributes))).toEqual([
    [`service.name=shop,${environment}`],
    [`${environment},team=blue,service.name=till`],
    [],
    undefined,
  ]);
  const forAll = withResourceAttributes({ ...spec, envs: [endpoint, own] }, attributes);
  expect(attributesOf(forAll)[3]).toEqual([`${environment},team=blue,service.name=till`]);
});

it('a service that exports telemetry sees which write has started it; others are spared the change', () => {
  const mark = { write: 'one', skill: 'shop', artefact: 'sha256:0' };
  const scopeOf = (spec: AppSpec) => withMark(spec, mark).envs?.at(-1)?.scope;
  expect(scopeOf({ name: 'shop', services: [{ name: 'shop', image }] })).toBe('BUILD_TIME');
  const traced: AppSpec = { name: 'shop', services: [{ name: 'shop', image, envs: [endpoint] }] };
  expect(scopeOf(traced)).toBe('RUN_TIME');
  expect(markOf(withMark(traced, mark))?.write).toBe('one');
});
