import { expect, it } from 'vitest';
import { unknownBindables } from './bindables.js';

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
