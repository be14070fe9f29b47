import fc from 'fast-check';
import { expect, it } from 'vitest';
import { appNameOf } from './app-name.js';

const names = fc.stringMatching(/^[a-z][a-z0-9-]{0,30}[a-z0-9]$/);
const suffixes = fc.stringMatching(/^-[a-z][a-z0-9-]{0,40}[a-z0-9]$/);

it('appends the placement to the name of the skill, and cuts the name of the skill first', () => {
  expect(appNameOf('shop', '-staging')).toBe('shop-staging');
  expect(appNameOf('a-skill-with-a-long-long-name-xy', '-staging')).toMatch(
    /^a-skill-with-a-lo-[0-9a-f]{6}-staging$/,
  );
  expect(appNameOf('shop-of-a-customer', '-acceptance-tests-frankfurt')).toMatch(
    /^shop-of-a-customer-accept-[0-9a-f]{6}$/,
  );
});

it('makes names that App Platform accepts, and different ones of different long names', () => {
  fc.assert(
    fc.property(names, names, suffixes, (one, other, suffix) => {
      expect(appNameOf(one, suffix)).toMatch(/^[a-z][a-z0-9-]{0,30}[a-z0-9]$/);
      if (one !== other) expect(appNameOf(one, suffix)).not.toBe(appNameOf(other, suffix));
    }),
  );
});
