import { expect, it } from 'vitest';
import { engineEnvironment, variableOptions } from './engine-program.js';

it('variables reach a container by name, unless its engine would obey them', () => {
  const spec = { TOKEN: 'secret', PATH: '/bin', HOME: '/app', DOCKER_HOST: 'tcp://other', HTTP_PROXY: 'x' };
  const { options, env } = variableOptions('--env', spec, { PATH: '/usr/bin' });
  expect(options.join(' ')).toBe(
    '--env TOKEN --env PATH=/bin --env HOME=/app --env DOCKER_HOST=tcp://other --env HTTP_PROXY=x',
  );
  expect(env).toEqual({ PATH: '/usr/bin', TOKEN: 'secret' });
});

it('an engine sees nothing of the environment but its configuration', () => {
  process.env['MY_TOKEN'] = 'secret';
  process.env['CONTAINERS_CONF'] = '/etc/mine.conf';
  try {
    const env = engineEnvironment();
    expect(env).toMatchObject({ CONTAINERS_CONF: '/etc/mine.conf' });
    expect(env).not.toHaveProperty('MY_TOKEN');
  } finally {
    delete process.env['MY_TOKEN'];
    delete process.env['CONTAINERS_CONF'];
  }
});
