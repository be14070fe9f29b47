import { describe, expect, it } from 'vitest';
import { faultsOf } from './fault-rules.js';

const put = { method: 'PUT', path: '/v2/apps/a1', body: undefined };

describe('fault rules', () => {
  it('apply to calls of a method and a path, as many times as they say', () => {
    const inject = faultsOf(['PUT /v2/apps/* 503 x2']);
    expect(inject({ ...put, method: 'GET' })).toBeUndefined();
    expect(inject({ ...put, path: '/v2/apps/a1/rollback' })).toBeUndefined();
    expect(inject(put)).toMatchObject({ status: 503, body: { id: 'server_error' } });
    expect(inject(put)).toMatchObject({ status: 503 });
    expect(inject(put)).toBeUndefined();
  });

  it('apply to every call without a number, and to any method and path with stars', () => {
    const inject = faultsOf(['* /v2/** delay:250ms']);
    const calls = Array.from({ length: 5 }, () => inject({ ...put, path: '/v2/apps/a/deployments' }));
    expect(calls).toEqual(Array(5).fill({ delayMs: 250 }));
  });

  it('apply in order: the next one when the first has no uses left', () => {
    const inject = faultsOf(['put /v2/apps/* 429 x1', 'PUT /v2/apps/* drop:after x1', 'PUT ** truncate']);
    expect([inject(put), inject(put), inject(put)]).toMatchObject([
      { status: 429, body: { id: 'too_many_requests' } },
      { drop: 'after' },
      { truncate: true },
    ]);
    expect(faultsOf(['PUT ** drop:before'])(put)).toEqual({ drop: 'before' });
    expect(faultsOf(['PUT ** retry-after:1500ms'])(put)).toMatchObject({
      status: 429,
      headers: { 'retry-after': '2' },
    });
  });

  it.each([
    ['PUT /v2/apps', /expected a method, a path and a fault/],
    ['PUT /v2/apps 503 x2 more', /expected a method, a path and a fault/],
    ['PUT /v2/apps 200', /"200" is not a fault/],
    ['PUT /v2/apps drop', /"drop" is not a fault/],
    ['PUT /v2/apps delay:soon', /expected a duration/],
    ['PUT /v2/apps 503 x0', /"x0" is not a number of times/],
  ])('that are invalid are named with the reason: %s', (rule, message) => {
    expect(() => faultsOf([rule])).toThrow(message);
    expect(() => faultsOf([rule])).toThrow(`Fault "${rule}"`);
  });
});
