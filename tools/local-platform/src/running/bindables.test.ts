import { expect, it } from 'vitest';
import { bind, type Bindings } from './bindables.js';

const image = { registry_type: 'DOCR' as const, repository: 'shop' };

function bindings(more: Partial<Bindings> = {}): Bindings {
  return {
    appId: 'an-id',
    url: 'http://127.0.0.1:4101',
    spec: {
      name: 'shop',
      services: [
        { name: 'web', image },
        { name: 'api', image, routes: [{ path: '/v1/api' }] },
        { name: 'inside', image, internal_ports: [9000, 9001] },
      ],
      workers: [{ name: 'mail', image }],
    },
    component: 'web',
    port: 20_001,
    ports: new Map([
      ['web', 20_000],
      ['api', 20_002],
      ['inside', 20_003],
    ]),
    databases: new Map([
      [
        'db',
        {
          values: { DATABASE_URL: 'postgresql://u:p@127.0.0.1:5432/d', HOSTNAME: '127.0.0.1' },
          environment: {},
        },
      ],
    ]),
    commitOf: (component) => (component === 'api' ? 'abc' : undefined),
    variableOf: (component, key) => (component === 'mail' && key === 'FROM' ? 'shop@localhost' : undefined),
    ...more,
  };
}

it.each([
  ['${APP_ID} ${APP_URL} ${APP_DOMAIN}', 'an-id http://127.0.0.1:4101 127.0.0.1'],
  ['${_self.PRIVATE_PORT} ${web.PRIVATE_PORT}', '20001 20001'],
  ['${api.PRIVATE_URL} ${api.PRIVATE_DOMAIN}', 'http://127.0.0.1:20002 127.0.0.1'],
  ['${api.PUBLIC_URL} ${api.PUBLIC_ROUTE_PATH}', 'http://127.0.0.1:4101/v1/api /v1/api'],
  ['${web.PUBLIC_URL} ${_self.PUBLIC_DOMAIN}', 'http://127.0.0.1:4101 127.0.0.1'],
  ['${api.COMMIT_HASH} ${mail.FROM}', 'abc shop@localhost'],
  ['${web.COMMIT_HASH} ${mail.PRIVATE_URL}', '${web.COMMIT_HASH} ${mail.PRIVATE_URL}'],
  ['${db.DATABASE_URL} ${db.a-pool.HOSTNAME}', 'postgresql://u:p@127.0.0.1:5432/d 127.0.0.1'],
  ['${db.NAME} ${other.DATABASE_URL}', '${db.NAME} ${other.DATABASE_URL}'],
  ['http://api:8080/x api:8080,me@api:8080', 'http://127.0.0.1:20002/x 127.0.0.1:20002,me@127.0.0.1:20002'],
  ['http://inside:9000 http://inside:9001', 'http://127.0.0.1:20003 http://127.0.0.1:9001'],
  [
    'http://api:9000 http://mail:8080 http://api.com:8080 my-api:8080 api:80801',
    'http://api:9000 http://mail:8080 http://api.com:8080 my-api:8080 api:80801',
  ],
  ['${APP_NAME} $APP_ID ${}', '${APP_NAME} $APP_ID ${}'],
])('resolves %s to %s', (value, expected) => {
  expect(bind(value, bindings())).toBe(expected);
});

it('leaves a bindable unresolved if its value is unknown during a build', () => {
  const building = bindings({ port: undefined, ports: new Map() });
  expect(bind('${APP_ID} ${_self.PRIVATE_URL}', building)).toBe('an-id ${_self.PRIVATE_URL}');
});
