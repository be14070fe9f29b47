import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { appSpec } from '../spec/arbitrary-spec.test.helper.js';
import {
  type App,
  type AppSpec,
  type Deployment,
  isEncrypted,
  mapSecrets,
  secretsOf,
  storedSpec,
  withDefaults,
} from '../spec/index.js';
import { differences } from '../versions/diff.js';
import { fingerprintKey, fingerprintOf, idOf, SecretsFingerprint } from '../versions/secrets-fingerprint.js';
import { type Desired, type Plan, planDeploy, prepare, specsOf } from './plan.js';

/** A written spec as the platform stores it: secrets encrypted, empty values dropped, lists in its own order. */
function onPlatform(spec: AppSpec, stored = storedSpec): AppSpec {
  const encrypted = mapSecrets(spec, ({ value }) => (isEncrypted(value) ? value : `EV[1:${randomUUID()}]`));
  const filled: AppSpec = { region: 'nyc', ...stored(encrypted) };
  const services = filled.services
    ?.map((service) => ({ ...service, envs: service.envs?.toReversed() }))
    .toReversed();
  const json = JSON.stringify({ ...filled, services }, (_, field: unknown) =>
    field === false || field === '' || field === 0 || (Array.isArray(field) && field.length === 0)
      ? undefined
      : field,
  );
  return JSON.parse(json) as AppSpec;
}

function live(spec: AppSpec): Deployment {
  return { id: 'live', phase: 'ACTIVE', spec };
}

/** The result of `prepare` without its slow hash: the fingerprint is the secrets themselves. */
function desiredOf(spec: AppSpec, app: App | undefined): Desired {
  const plain = secretsOf(spec).filter(({ value }) => !isEncrypted(value));
  if (plain.length === 0) return { spec, matching: new Set() };
  const fresh = { salt: '', all: JSON.stringify(plain), each: {} };
  const id = idOf(fresh) ?? '';
  const known = specsOf(app).some((one) => idOf(fingerprintOf(one)) === id);
  return known ? { spec, matching: new Set([id]) } : { spec, matching: new Set(), fresh };
}

function plan(spec: AppSpec, app: App | undefined): Plan {
  return planDeploy(desiredOf(spec, app), app);
}

/** The app after a write of the wanted spec. */
function appOf(spec: AppSpec): App {
  const written = onPlatform(plan(spec, undefined).spec);
  return { id: 'id', spec: written, active_deployment: live(written) };
}

describe('planning', () => {
  it('creates what is not there', () => {
    expect(plan({ name: 'app' }, undefined)).toMatchObject({ action: 'create', changes: [] });
  });

  it('finds no difference in what it has written itself, whatever the platform makes of it', () => {
    fc.assert(
      fc.property(appSpec, (spec) => {
        expect(plan(spec, appOf(spec))).toMatchObject({ action: 'none', changes: [] });
      }),
    );
  });

  it('sees each changed variable, and names it', () => {
    fc.assert(
      fc.property(appSpec, (spec) => {
        const app = appOf(spec);
        const [web, ...others] = spec.services ?? [];
        if (!web) return;
        const envs = [
          ...(web.envs ?? []).filter(({ key }) => key !== 'ADDED'),
          { key: 'ADDED', value: 'now' },
        ];
        const result = plan({ ...spec, services: [{ ...web, envs }, ...others] }, app);
        expect(result.action).toBe('update');
        expect(result.changes.map(({ path }) => path)).toContainEqual(
          expect.stringContaining(`services/${web.name}/envs`),
        );
      }),
    );
  });

  it('sees a changed secret as one change, writes it in plaintext, and shows it nowhere', () => {
    const withSecret = appSpec.filter((spec) => secretsOf(spec).length > 0);
    fc.assert(
      fc.property(withSecret, (spec) => {
        const app = appOf(spec);
        const changed = mapSecrets(spec, ({ value }) => `${value}-new`);
        const result = plan(changed, app);
        expect(result.changes).toEqual([{ path: 'secrets', before: 'as deployed', after: 'changed' }]);
        expect(secretsOf(result.spec)).toEqual(secretsOf(changed));
        expect(JSON.stringify(result.changes)).not.toMatch(/plain-|EV\[/);
      }),
    );
  });

  it('sends unchanged secrets back as the platform shows them', () => {
    fc.assert(
      fc.property(appSpec, (spec) => {
        const { spec: sent } = plan({ ...spec, features: ['new'] }, appOf(spec));
        expect(secretsOf(sent).every(({ value }) => isEncrypted(value))).toBe(true);
      }),
    );
  });

  it('lists secrets that are removed, and shows no fingerprint', () => {
    const spec: AppSpec = {
      name: 'app',
      services: [{ name: 'web', envs: [{ key: 'A', type: 'SECRET', value: 'plain-one' }] }],
    };
    const result = plan({ name: 'app', services: [{ name: 'web' }] }, appOf(spec));
    expect(result.changes.map(({ path }) => path)).toEqual(['secrets', 'services/web/envs']);
    expect(JSON.stringify(result.changes)).not.toMatch(/v1:|EV\[/);
  });

  it('takes all secrets for changed where no fingerprint is known', () => {
    const spec: AppSpec = { name: 'app', envs: [{ key: 'A', type: 'SECRET', value: 'plain-one' }] };
    const byHand = onPlatform(spec);
    const result = plan(spec, { id: 'id', spec: byHand, active_deployment: live(byHand) });
    expect(result).toMatchObject({ action: 'update', changes: [{ path: 'secrets', after: 'changed' }] });
  });
});

describe('what is live decides, not what was last written', () => {
  const wanted: AppSpec = { name: 'app', envs: [{ key: 'A', value: '1' }] };
  const other: AppSpec = { name: 'app', envs: [{ key: 'A', value: '2' }] };
  const coming = (spec: AppSpec): Deployment => ({ id: 'coming', phase: 'BUILDING', spec });

  it.each<[string, Partial<App>, Plan['action']]>([
    ['live', { active_deployment: live(wanted) }, 'none'],
    ['something else live', { active_deployment: live(other) }, 'update'],
    ['nothing live', {}, 'update'],
    ['under way', { active_deployment: live(other), in_progress_deployment: coming(wanted) }, 'follow'],
    ['under way, nothing live', { pending_deployment: coming(wanted) }, 'follow'],
    [
      'live, something else under way',
      { active_deployment: live(wanted), in_progress_deployment: coming(other) },
      'update',
    ],
    ['live and under way', { active_deployment: live(wanted), pending_deployment: coming(wanted) }, 'follow'],
    [
      'under way and about to be overtaken',
      { in_progress_deployment: coming(wanted), pending_deployment: coming(other) },
      'update',
    ],
    [
      'about to overtake something else',
      { in_progress_deployment: coming(other), pending_deployment: coming(wanted) },
      'follow',
    ],
    [
      'failed, still listed',
      { active_deployment: live(other), in_progress_deployment: { ...coming(wanted), phase: 'ERROR' } },
      'update',
    ],
  ])('%s: %o', (_, app, action) => {
    expect(plan(wanted, { id: 'id', spec: wanted, ...app }).action).toBe(action);
  });
});

describe('differences', () => {
  const base: AppSpec = {
    name: 'app',
    services: [{ name: 'web', git: { repo_clone_url: 'x' }, run_command: 'old' }],
  };

  /** As the Terraform provider sends it: with some defaults and all empty fields written. */
  const byTerraform = (spec: AppSpec): AppSpec => ({
    disable_edge_cache: false,
    ...storedSpec(spec),
    services: spec.services?.map((service) => ({
      build_command: '',
      run_command: '',
      ...service,
      health_check: { http_path: '', initial_delay_seconds: 0, ...service.health_check },
      envs: service.envs?.map((env) => ({ scope: 'RUN_AND_BUILD_TIME' as const, ...env })).toReversed(),
    })),
  });

  it.each<[string, (spec: AppSpec) => AppSpec]>([
    ['as it was sent', storedSpec],
    ['with every default written', withDefaults],
    ['as Terraform writes it', byTerraform],
  ])('are none between a spec and itself %s', (_, stored) => {
    fc.assert(
      fc.property(appSpec, (spec) => {
        const sent = mapSecrets(spec, () => 'EV[1:known]');
        expect(differences(sent, onPlatform(sent, stored))).toEqual([]);
        expect(differences(stored(sent), sent)).toEqual([]);
      }),
    );
  });

  it.each<[string, AppSpec, AppSpec, object[]]>([
    [
      'a default said aloud',
      { ...base, services: base.services?.map((one) => ({ ...one, http_port: 8080 })) },
      base,
      [],
    ],
    ['false said aloud', { ...base, disable_edge_cache: false }, base, []],
    [
      'what the platform fills in',
      base,
      { ...base, region: 'nyc', features: ['buildpack-stack=ubuntu-22'] },
      [],
    ],
    [
      'routes and cors that the platform has turned into rules',
      {
        ...base,
        services: [
          { name: 'web', routes: [{ path: '/api', preserve_path_prefix: true }], cors: { max_age: '1h' } },
        ],
      },
      {
        ...base,
        services: [{ name: 'web', http_port: 8080 }],
        ingress: {
          rules: [
            {
              match: { path: { prefix: '/api' } },
              component: { name: 'web', preserve_path_prefix: true },
              cors: { max_age: '1h' },
            },
          ],
        },
      },
      [],
    ],
    [
      'the rules that the platform makes for several components',
      { name: 'app', services: [{ name: 'web' }, { name: 'api' }] },
      {
        name: 'app',
        services: [{ name: 'web' }, { name: 'api' }],
        ingress: { rules: [{ match: { path: { prefix: '/x' } }, component: { name: 'api' } }] },
      },
      [],
    ],
    [
      'a rule taken away',
      base,
      { ...base, ingress: { rules: [{ match: { path: { prefix: '/api' } }, component: { name: 'web' } }] } },
      [
        {
          path: 'ingress/rules',
          before: '[{"component":{"name":"web"},"match":{"path":{"prefix":"/api"}}}]',
          after: '[{"component":{"name":"web"},"match":{"path":{"prefix":"/"}}}]',
        },
      ],
    ],
    [
      'another region',
      { ...base, region: 'fra' },
      { ...base, region: 'nyc' },
      [{ path: 'region', before: 'nyc', after: 'fra' }],
    ],
    [
      'an alert taken away',
      base,
      { ...base, alerts: [{ rule: 'DEPLOYMENT_FAILED' }] },
      [{ path: 'alerts', before: '{"DEPLOYMENT_FAILED":{"rule":"DEPLOYMENT_FAILED"}}' }],
    ],
    [
      'a command taken away',
      { ...base, services: [{ name: 'web', git: { repo_clone_url: 'x' } }] },
      base,
      [{ path: 'services/web/run_command', before: 'old' }],
    ],
  ])('%s', (_, desired, there, changes) => {
    expect(differences(desired, there)).toEqual(changes);
  });
});

describe('preparing', () => {
  const spec: AppSpec = { name: 'app', envs: [{ key: 'A', type: 'SECRET', value: 'plain-one' }] };

  it('finds the fingerprint of the same secrets on the platform, and else makes a fresh one', async () => {
    const { fresh } = await prepare(spec, new SecretsFingerprint(spec), []);
    const there = planDeploy({ spec, matching: new Set(), fresh }, undefined).spec;
    const again = await prepare(spec, new SecretsFingerprint(spec), [there]);
    expect(again).toEqual({ spec, matching: new Set([idOf(fresh)]) });
    const changed: AppSpec = mapSecrets(spec, () => 'plain-two');
    const other = await prepare(changed, new SecretsFingerprint(changed), [there]);
    expect(other.matching.size).toBe(0);
    expect(Object.keys(other.fresh?.each ?? {})).toEqual(['/A']);
  });

  it('makes none where there are no secrets', async () => {
    expect(await prepare({ name: 'app' }, new SecretsFingerprint({ name: 'app' }), [])).toEqual({
      spec: { name: 'app' },
      matching: new Set(),
    });
  });
});

describe('a fingerprint', () => {
  const spec = (value: string): AppSpec => ({ name: 'app', envs: [{ key: 'A', type: 'SECRET', value }] });

  it('matches only the same secrets, and differs with each new salt', async () => {
    const [first, second] = [new SecretsFingerprint(spec('one')), new SecretsFingerprint(spec('one'))];
    expect(await first.fresh()).not.toEqual(await second.fresh());
    expect(await second.matches(await first.fresh())).toBe(true);
    expect(await new SecretsFingerprint(spec('two')).matches(await first.fresh())).toBe(false);
  });

  it('does not run keys and values together', async () => {
    const one: AppSpec = { name: 'app', envs: [{ key: 'A', type: 'SECRET', value: 'B' }] };
    const other: AppSpec = {
      name: 'app',
      services: [{ name: 'A', envs: [{ key: 'B', type: 'SECRET', value: '' }] }],
    };
    expect(await new SecretsFingerprint(other).matches(await new SecretsFingerprint(one).fresh())).toBe(
      false,
    );
  });

  it.each(['', 'v1:a:b', '{}', '{"salt":1}', '[]'])('is none where the variable holds %j', (value) => {
    expect(fingerprintOf({ name: 'app', envs: [{ key: fingerprintKey, value }] })).toBeUndefined();
  });

  it('fits without a secret that is not known here, where that stays, and only with the others the same', async () => {
    const both = (a: string): AppSpec => ({
      name: 'app',
      envs: ['A', 'B'].map((key) => ({ key, type: 'SECRET' as const, value: key === 'A' ? a : 'two' })),
    });
    const there = await new SecretsFingerprint(both('one')).fresh();
    const known = new SecretsFingerprint(spec('one'));
    expect(await known.matches(there)).toBe(false);
    expect(await known.matches(there, new Set(['/B']))).toBe(true);
    expect(await new SecretsFingerprint(spec('other')).matches(there, new Set(['/B']))).toBe(false);

    const made = await new SecretsFingerprint(spec('new')).fresh(there, new Set(['/B']));
    expect(await new SecretsFingerprint(both('new')).matches(made)).toBe(true);
    expect(await new SecretsFingerprint(both('one')).matches(made)).toBe(false);
  });
});
