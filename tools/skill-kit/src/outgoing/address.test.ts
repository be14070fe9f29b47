import { describe, expect, it } from 'vitest';
import { guardedLookup, isAddressAllowed, type Reach, refuseForbiddenLiteral } from './address.js';

describe('isAddressAllowed', () => {
  it.each(['93.184.216.34', '2606:2800:220:1::1', '::ffff:93.184.216.34'])(
    'lets anybody call %s',
    (address) => {
      expect([isAddressAllowed(address, 'own-network'), isAddressAllowed(address, 'public')]).toEqual([
        true,
        true,
      ]);
    },
  );

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '192.168.0.1',
    '172.16.0.1',
    '100.64.0.1',
    '::1',
    'fd00::1',
    '::ffff:10.0.0.1',
  ])('lets a host named in full be at %s', (address) => {
    expect([isAddressAllowed(address, 'own-network'), isAddressAllowed(address, 'public')]).toEqual([
      true,
      false,
    ]);
  });

  it.each([
    '169.254.169.254',
    'fe80::1',
    '0.0.0.0',
    '::',
    '224.0.0.1',
    '255.255.255.255',
    '64:ff9b::a00:1',
    '2002:a00:1::',
  ])('never lets a call go to %s', (address) => {
    expect([isAddressAllowed(address, 'own-network'), isAddressAllowed(address, 'public')]).toEqual([
      false,
      false,
    ]);
  });
});

describe('refuseForbiddenLiteral', () => {
  it.each(['http://169.254.169.254/', 'http://[fe80::1]/', 'http://0xa9fea9fe/', 'http://2852039166/'])(
    'sees through the notation of %s',
    (url) => {
      expect(() => refuseForbiddenLiteral(new URL(url), 'own-network')).toThrow(/not a public address/);
    },
  );
});

describe('a refusal', () => {
  const reach: Reach = { variable: 'MY_HOSTS', entry: 'the entry' };
  const refusalOf = (url: string) => {
    try {
      refuseForbiddenLiteral(new URL(url), reach);
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  };

  it.each(['http://127.0.0.1:3000/', 'http://10.0.0.7/', 'http://[::1]/'])(
    'of %s names the variable and the entry that allow it',
    (url) => {
      expect(refusalOf(url)).toMatch(/is not a public address.*add "the entry" to MY_HOSTS: .* port/);
    },
  );

  it.each(['http://169.254.169.254/', 'http://[fe80::1]/', 'http://0.0.0.0/'])(
    'of %s names none, since nothing allows it',
    (url) => {
      expect(refusalOf(url)).toMatch(/is not a public address, so the call is refused\.$/);
    },
  );

  it('of a name that leads to a private address names them too', async () => {
    const error = await new Promise((resolve) => guardedLookup(reach)('localhost', { all: true }, resolve));
    expect(error).toMatchObject({
      code: 'address_not_allowed',
      message: expect.stringMatching(/^localhost is not a public address.*"the entry" to MY_HOSTS/) as string,
    });
  });
});

describe('guardedLookup', () => {
  const lookup = (reach: Reach, all: boolean) =>
    new Promise((resolve) =>
      guardedLookup(reach)('localhost', { all }, (error, found) => resolve(error ?? found)),
    );

  it('checks the very addresses that will be connected to', async () => {
    expect(await lookup('public', true)).toMatchObject({ status: 403, code: 'address_not_allowed' });
    expect(await lookup('public', false)).toMatchObject({ status: 403, code: 'address_not_allowed' });
  });

  it('answers in both forms that node asks for', async () => {
    expect(await lookup('own-network', true)).toEqual(
      expect.arrayContaining([expect.objectContaining({ address: expect.stringMatching(/^127\.|^::1$/) })]),
    );
    expect(await lookup('own-network', false)).toMatch(/^127\.|^::1$/);
  });
});
