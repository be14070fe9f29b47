import fc from 'fast-check';
import type { AppSpec, Env, Service } from './index.js';

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/);
const key = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/);
const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`);

/** Secrets are recognisable, so that a test can search for them anywhere. */
const env: fc.Arbitrary<Env> = fc.oneof(
  fc.record(
    {
      key,
      value: fc.string({ maxLength: 20 }).filter((text) => !text.includes('${')),
      scope: fc.constantFrom('RUN_TIME' as const, 'BUILD_TIME' as const, 'UNSET' as const),
      type: fc.constant('GENERAL' as const),
    },
    { requiredKeys: ['key', 'value'] },
  ),
  fc.record({
    key,
    type: fc.constant('SECRET' as const),
    value: fc.stringMatching(/^[a-z]{8,20}$/).map((text) => `plain-${text}`),
  }),
);

/** Their credentials are recognisable too. */
const logDestinations = fc.uniqueArray(
  fc.record({
    name,
    datadog: fc.record({ api_key: fc.stringMatching(/^[a-z]{8,20}$/).map((text) => `plain-${text}`) }),
  }),
  { selector: (one) => one.name, minLength: 1, maxLength: 2 },
);

const envs = fc.uniqueArray(env, { selector: (one) => one.key, maxLength: 4 });

const source: fc.Arbitrary<Partial<Service>> = fc.oneof(
  fc.record({
    image: fc.record({ registry_type: fc.constant('DOCR' as const), repository: name, digest }),
  }),
  fc.record({
    image: fc.record({ registry_type: fc.constant('GHCR' as const), repository: name, tag: name }),
  }),
  fc.record({
    github: fc.record({
      repo: fc.constant('owner/repository'),
      branch: name,
      deploy_on_push: fc.boolean(),
    }),
  }),
);

const service: fc.Arbitrary<Service> = fc
  .tuple(
    fc.record({ name }),
    source,
    fc.record(
      {
        envs,
        http_port: fc.integer({ min: 1, max: 65535 }),
        instance_count: fc.constant(1),
        run_command: fc.string({ maxLength: 10 }),
        internal_ports: fc.array(fc.integer({ min: 1, max: 65535 }), { maxLength: 2 }),
        health_check: fc.record(
          {
            http_path: fc.constant('/health'),
            initial_delay_seconds: fc.nat(10),
            period_seconds: fc.integer({ min: 1, max: 20 }),
          },
          { requiredKeys: [] },
        ),
        log_destinations: logDestinations,
        termination: fc.record({ drain_seconds: fc.integer({ min: 1, max: 110 }) }),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([named, sourced, more]) => ({ ...more, ...sourced, ...named }));

/** Valid specs of a few services, with plain and secret variables. */
export const appSpec: fc.Arbitrary<AppSpec> = fc.record(
  {
    name,
    services: fc.uniqueArray(service, { selector: (one) => one.name, minLength: 1, maxLength: 3 }),
    region: fc.constantFrom('fra' as const, 'nyc' as const),
    envs,
    alerts: fc.uniqueArray(
      fc.record({ rule: fc.constantFrom('DEPLOYMENT_FAILED' as const, 'DOMAIN_FAILED' as const) }),
      { selector: (one) => one.rule, maxLength: 2 },
    ),
    disable_edge_cache: fc.boolean(),
  },
  { requiredKeys: ['name', 'services'] },
);
