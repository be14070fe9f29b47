import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type AppSpec, checkAgainst } from '../spec/index.js';
import { loadProblem, loadSchema, neededInstances } from './load.js';

const measured = { 'apps-s-1vcpu-1gb': 50, 'apps-d-1vcpu-1gb': 120 };
const specOf = (...services: object[]): AppSpec => ({
  name: 'shop',
  services: services as AppSpec['services'],
});
const needed = (service: object, requestsPerSecond = 300) =>
  neededInstances(specOf({ name: 'web', ...service }), { requestsPerSecond, perInstance: measured });

it('takes the figure of the size that the service has, and the range of its autoscaling', () => {
  const autoscaling = { min_instance_count: 1, max_instance_count: 4 };
  expect(needed({ instance_size_slug: 'apps-s-1vcpu-1gb', instance_count: 2 })).toMatchObject({
    service: 'web',
    needed: 6,
    cost: 72,
    least: 2,
    most: 2,
    isSingle: false,
  });
  expect(needed({ instance_size_slug: 'apps-d-1vcpu-1gb', autoscaling })).toMatchObject({
    needed: 3,
    cost: 102,
    least: 1,
    most: 4,
  });
  expect(needed({})).toEqual({
    service: 'web',
    requestsPerSecond: 300,
    size: 'apps-s-1vcpu-0.5gb',
    least: 1,
    most: 1,
    isSingle: true,
  });
});

it('has enough instances for the rate, and would not with one less', () => {
  const rate = fc.double({ min: 0.01, max: 100_000, noNaN: true });
  fc.assert(
    fc.property(rate, rate, (requestsPerSecond, each) => {
      const load = { requestsPerSecond, perInstance: { 'apps-s-1vcpu-0.5gb': each } };
      const { needed = 0 } = neededInstances(specOf({ name: 'web' }), load) ?? {};
      expect(requestsPerSecond / each).toBeLessThanOrEqual(needed);
      expect(requestsPerSecond / each).toBeGreaterThan(needed - 1);
    }),
    { numRuns: 100 },
  );
});

it('is about the only service that takes requests, or the one that is named', () => {
  const load = loadSchema.parse({ requestsPerSecond: 10, perInstance: measured });
  const queue = { name: 'queue', internal_ports: [9000] };
  const of = (spec: AppSpec, component?: string) => neededInstances(spec, { ...load, component })?.service;
  expect(of(specOf({ name: 'web' }, queue))).toBe('web');
  expect(of(specOf({ name: 'web' }, { name: 'api' }), 'api')).toBe('api');
  expect(of(specOf({ name: 'web' }, { name: 'api' }))).toBeUndefined();
  expect(loadProblem(specOf({ name: 'web' }, { name: 'api' }), load)).toBe(
    'expected the service that takes these requests, one of "web", "api"',
  );
  expect(loadProblem(specOf({ name: 'web' }), { ...load, component: 'mail' })).toBe(
    'there is no service "mail" in the App Spec, but "web"',
  );
  expect(loadProblem(specOf({ name: 'web' }, queue), load)).toBeUndefined();
});

it('is unknown where no rate is wished', () => {
  expect(neededInstances(specOf({ name: 'web' }), { perInstance: measured })).toBeUndefined();
});

it.each([
  [{ perInstance: { huge: 5 } }, /perInstance.*huge/],
  [{ perInstance: { 'apps-s-1vcpu-1gb': 0 } }, /perInstance\/apps-s-1vcpu-1gb/],
  [{ requestsPerSecond: -1, perInstance: {} }, /requestsPerSecond/],
])('refuses %j', (load, message) => {
  const check = checkAgainst(loadSchema, load);
  expect(check.ok ? '' : check.issues.map(({ path, message }) => `${path}: ${message}`).join('\n')).toMatch(
    message,
  );
});
