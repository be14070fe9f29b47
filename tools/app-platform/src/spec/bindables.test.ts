import { expect, it } from 'vitest';
import { unknownBindables, unknownVariables } from './bindables.js';

const git = { repo_clone_url: 'https://example.com/shop.git' };

it('finds bindable variables that have no value, where they stand', () => {
  const env = (value: string) => [
    { key: 'FOUND', value: 'x' },
    { key: 'A', value },
  ];
  const spec = {
    name: 'shop',
    envs: env('${_self.PUBLIC_URL} ${db.DATABASE_URL} ${APP_URL} ${OTHER} $${x}'),
    databases: [{ name: 'db' }],
    services: [
      { name: 'web', git, envs: env('${_self.FOUND} ${mail.FOUND} ${db.pool.PORT} ${web.PRIVATE_URL}') },
      { name: 'api', git, envs: env('${_self.MISSING} ${dbs.PORT} ${db.URL}') },
    ],
    workers: [{ name: 'mail', git }],
  };
  expect(unknownBindables(spec)).toEqual(
    ['${_self.MISSING}', '${dbs.PORT}', '${db.URL}'].map((reference) => ({
      path: 'services/1/envs/1/value',
      message: `App Platform has no value for ${reference}, and leaves it as it is`,
    })),
  );
});

it('finds references to variables that neither the app nor the component has', () => {
  const env = (key: string, value: string) => ({ key, value });
  const spec = {
    name: 'shop',
    envs: [env('SHARED', '${APP_URL} ${GONE} $${x}')],
    services: [{ name: 'web', git, envs: [env('OWN', '${SHARED} ${OWN} ${_self.OWN} ${LOST}')] }],
    workers: [{ name: 'mail', git, envs: [env('A', '${OWN}')] }],
  };
  expect(unknownVariables(spec)).toEqual(
    [
      ['envs/0/value', '${GONE}'],
      ['services/0/envs/0/value', '${LOST}'],
      ['workers/0/envs/0/value', '${OWN}'],
    ].map(([path, name]) => ({ path, message: `there is no variable for ${name}, which stays as it is` })),
  );
});
