import { expect, it } from 'vitest';
import { describeMissing, missingWarnings, refuseMissing } from './missing-variables.js';

const missing = {
  skill: 'shop',
  key: 'SHOP_KEY',
  file: 'infra/do-gradient/shop/app-spec.yaml',
  path: 'services/0/envs/1',
  secret: true,
  about: 'For calls that bring no key.',
};

it('warns locally that the deploy continues, and says what the variable is for', () => {
  expect(missingWarnings([missing])).toEqual([
    'SHOP_KEY is not set. shop is deployed anyway: it keeps the live value, or runs without one. Its App Spec says: "For calls that bring no key." To set it, use the environment or .env (infra/do-gradient/shop/app-spec.yaml: services/0/envs/1).',
  ]);
  expect(missingWarnings([{ ...missing, about: undefined }])[0]).toContain('or runs without one. To set it,');
});

it('says in production that nothing is sent', () => {
  const line =
    '  SHOP_KEY (secret): infra/do-gradient/shop/app-spec.yaml: services/0/envs/1 (For calls that bring no key.)';
  expect(() => refuseMissing([missing])).toThrow(
    `Nothing was sent: the environment has no value for\n${line}\n`,
  );
  expect(() => refuseMissing([])).not.toThrow();
  expect(describeMissing([missing])).toContain('deploy sends nothing while one is missing');
});
