import { expect, it } from 'vitest';
import { withEntries, withoutTenant } from './edit-placements.js';

const file = 'infra/do-gradient/shop/placements.yaml';
const text = `# Where the shop is.
placements:
  - name: eu # first
    region: fra
  - { name: acme, tenant: acme, secretsPrefix: ACME_ }

  # Not yet in production.
  - { name: acme-test, tenant: acme, environment: staging }
`;
const acme = { tenant: 'acme', environment: 'production' };

it('adds entries to what is there, with its comments', () => {
  const added = withEntries(text, file, [{ name: 'globex', tenant: 'globex', secretsPrefix: 'GLOBEX_' }]);
  expect(added).toBe(`${text}  - name: globex\n    tenant: globex\n    secretsPrefix: GLOBEX_\n`);
});

it('writes a new file', () => {
  const entries = [{ environment: 'production' }, { name: 'acme', tenant: 'acme' }];
  expect(withEntries(undefined, file, entries)).toBe(
    'placements:\n  - environment: production\n  - name: acme\n    tenant: acme\n',
  );
});

it('refuses what makes the file wrong, and a file that is wrong', () => {
  expect(() => withEntries(text, file, [{ name: 'eu' }])).toThrow('already has the placement "eu"');
  expect(() => withEntries('placements: [{ nmae: x }]', file, [{ name: 'us' }])).toThrow(`${file}:1`);
});

it('removes the entries of a tenant in one environment, and nothing else', () => {
  const without = text.replace('  - { name: acme, tenant: acme, secretsPrefix: ACME_ }\n', '');
  expect(withoutTenant(text, file, acme)).toEqual({ text: without, removed: 1 });
  expect(withoutTenant(text, file, { ...acme, tenant: 'globex' })).toEqual({ text, removed: 0 });
});

it('leaves no file without a placement', () => {
  expect(withoutTenant('placements: [{ name: acme, tenant: acme }]\n', file, acme)).toEqual({ removed: 1 });
});
