import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRules } from './routing.js';
import type { Rule, ToComponent } from './traffic.js';

function rule(path: Rule['path'], to: Partial<ToComponent> = {}, authority?: Rule['authority']): Rule {
  const component = { component: JSON.stringify([path, authority]), preservePathPrefix: false, ...to };
  return { path, to: component, ...(authority && { authority }) };
}

/** The result of a request to `localhost`: the path that the component sees. */
function seen(rules: Rule[], target: string, host = 'localhost:4101'): string | undefined {
  return compileRules(rules)(host, target)?.target;
}

describe('the rule of a request', () => {
  const rules = [
    rule({ prefix: '/' }, { component: 'root' }),
    rule({ prefix: '/api' }, { component: 'api' }),
    rule({ prefix: '/api/v1/' }, { component: 'v1' }),
    rule({ exact: '/api/v1/login' }, { component: 'login' }),
  ];

  it.each([
    ['/', 'root'],
    ['/apix', 'root'],
    ['/api', 'api'],
    ['/api/', 'api'],
    ['/api?x=/api/v1', 'api'],
    ['/api/v1', 'v1'],
    ['/api/v1/login', 'login'],
    ['/api/v1/login?next=/', 'login'],
    ['/api/v1/login/', 'v1'],
    ['//api', 'root'],
  ])('for %s is the one of %s', (target, component) => {
    expect(compileRules(rules)('localhost', target)?.rule.to).toMatchObject({ component });
  });

  it('is none if no path matches', () => {
    expect(seen([rule({ prefix: '/api' })], '/')).toBeUndefined();
    expect(seen([rule({ exact: '/' })], '/other')).toBeUndefined();
  });

  it('matches the authority first, and takes example.com.localhost as example.com', () => {
    const byHost = [
      rule({ prefix: '/' }, { component: 'any' }),
      rule({ prefix: '/only' }, { component: 'exact' }, { exact: 'shop.example.com' }),
      rule({ prefix: '/' }, { component: 'prefix' }, { prefix: 'shop.' }),
    ];
    const of = (host: string, target: string) => compileRules(byHost)(host, target)?.rule.to;
    expect(of('SHOP.example.com.localhost:4101', '/only')).toMatchObject({ component: 'exact' });
    expect(of('shop.example.com.localhost', '/else')).toMatchObject({ component: 'prefix' });
    expect(of('shop.localhost', '/only')).toMatchObject({ component: 'prefix' });
    expect(of('localhost', '/only')).toMatchObject({ component: 'any' });
  });
});

describe('the path that a component sees', () => {
  it.each([
    ['/api', {}, '/api/list?a=1', '/list?a=1'],
    ['/api', {}, '/api', '/'],
    ['/api', {}, '/api?a=1', '/?a=1'],
    ['/api', { preservePathPrefix: true }, '/api/list', '/api/list'],
    ['/api', { rewrite: '/v1/' }, '/api/list?a', '/v1/list?a'],
    ['/api', { rewrite: '/v1' }, '/api/list', '/v1/list'],
    ['/api', { rewrite: '/v1' }, '/api', '/v1'],
    ['/', { rewrite: '/v1' }, '/', '/v1/'],
    ['/', {}, '//evil', '//evil'],
    ['/', { rewrite: '/a\r\nhost: evil' }, '/', '/a%0D%0Ahost:%20evil/'],
  ])('of prefix %s and %j is, for %s, %s', (prefix, to, target, expected) => {
    expect(seen([rule({ prefix }, to)], target)).toBe(expected);
  });

  it('of an exact path is "/", or as it was', () => {
    expect(seen([rule({ exact: '/a/b' })], '/a/b?c')).toBe('/?c');
    expect(seen([rule({ exact: '/a/b' }, { preservePathPrefix: true })], '/a/b?c')).toBe('/a/b?c');
  });
});

describe('whatever the rules', () => {
  const segment = fc.constantFrom('a', 'b', 'ab', '', '%2F');
  const path = fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`);
  const rules = fc.array(
    fc.oneof(
      path.map((prefix) => rule({ prefix })),
      path.map((exact) => rule({ exact })),
    ),
    { maxLength: 8 },
  );

  it('the index finds the same rule as a linear search', () => {
    fc.assert(
      fc.property(rules, path, fc.constantFrom('', '?q=/a'), (some, target, query) => {
        const found = compileRules(some)('localhost', target + query);
        expect(found?.rule).toBe(naive(some, target));
      }),
      { numRuns: 2000 },
    );
  });

  it('a component sees a path, and with the prefix before it what was asked for', () => {
    fc.assert(
      fc.property(rules, path, (some, target) => {
        const found = compileRules(some)('localhost', target);
        if (!found || !('prefix' in found.rule.path)) return;
        const prefix = found.rule.path.prefix.replace(/\/$/, '');
        expect(found.target).toMatch(/^\//);
        // Nothing after the prefix is a slash, too.
        const after = found.target === '/' ? ['', '/'] : [found.target];
        expect(after.map((rest) => `${prefix}${rest}`)).toContain(target);
      }),
    );
  });

  it('a very long path takes no extra time', () => {
    const many = Array.from({ length: 500 }, (_, index) =>
      rule({ prefix: `/${'x/'.repeat(index % 20)}${index}` }),
    );
    const find = compileRules([...many, rule({ prefix: '/' }, { component: 'root' })]);
    for (let i = 0; i < 1000; i++) {
      expect(find('localhost', '/'.repeat(15_000))?.rule.to).toMatchObject({ component: 'root' });
    }
  });

  function naive(some: Rule[], target: string): Rule | undefined {
    const rank = ({ path: one }: Rule): number => {
      if ('exact' in one) return (one.exact || '/') === target ? Infinity : -1;
      const prefix = one.prefix.endsWith('/') ? one.prefix.slice(0, -1) : one.prefix;
      return target === prefix || target.startsWith(`${prefix}/`) ? prefix.length : -1;
    };
    const fitting = some.filter((one) => rank(one) >= 0);
    return fitting.find((one) => fitting.every((other) => rank(other) <= rank(one)));
  }
});
