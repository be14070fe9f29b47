import { describe, expect, it } from 'vitest';
import { areSameRepository, isRepositoryAt } from './repository.js';

const forms = [
  'https://github.com/acme/shop',
  'https://github.com/acme/shop.git/',
  'https://user:token@GitHub.com:443/Acme/Shop.git',
  'ssh://git@github.com/acme/shop.git',
  'ssh://git@ssh.github.com:443/acme/shop.git',
  'git@github.com:acme/shop.git',
  'git@github.com:/ACME/shop',
  'github.com:acme/shop',
  'git://github.com/acme/shop',
];

describe('a remote', () => {
  it.each(forms)('%s is acme/shop on GitHub', (url) => {
    expect(isRepositoryAt(url, 'github.com', 'acme/shop')).toBe(true);
    expect(isRepositoryAt(url, 'github.com', 'Acme/SHOP')).toBe(true);
    expect(areSameRepository(url, forms[0] ?? '')).toBe(true);
  });

  it.each(['/srv/acme/shop.git', 'file:///srv/acme/shop.git/', 'git@github-work:acme/shop.git'])(
    '%s may be it, by an alias or a mirror',
    (url) => expect(isRepositoryAt(url, 'github.com', 'acme/shop')).toBe(true),
  );

  it.each([
    'https://github.com/me/shop',
    'https://github.com/acme/shop-two',
    'https://github.com/big-acme/shop',
    'https://gitlab.com/acme/shop',
    'git@github.com:group/acme/shop.git',
    '/srv/acme/shop-two',
    '',
  ])('%s is not it', (url) => {
    expect(isRepositoryAt(url, 'github.com', 'acme/shop')).toBe(false);
    expect(areSameRepository(url, 'https://github.com/acme/shop.git')).toBe(false);
  });

  it('on this machine is the same only by its exact path', () => {
    expect(areSameRepository('/srv/acme/shop.git', 'file:///srv/acme/shop')).toBe(true);
    expect(areSameRepository('/srv/acme/shop', '/srv/acme/Shop')).toBe(false);
  });
});
