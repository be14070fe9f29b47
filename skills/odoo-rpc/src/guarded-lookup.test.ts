import { describe, expect, it } from 'vitest';
import { permissionFor } from './allowed-hosts.js';
import { guardedLookup, isAddressAllowed, refuseForbiddenLiteral } from './guarded-lookup.js';

describe('isAddressAllowed', () => {
  it.each(['93.184.216.34', '2606:2800:220:1::1', '::ffff:93.184.216.34'])(
    'lets anybody call %s',
    (address) => {
      expect([isAddressAllowed(address, 'exact'), isAddressAllowed(address, 'wildcard')]).toEqual([
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
    expect([isAddressAllowed(address, 'exact'), isAddressAllowed(address, 'wildcard')]).toEqual([
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
    expect([isAddressAllowed(address, 'exact'), isAddressAllowed(address, 'wildcard')]).toEqual([
      false,
      false,
    ]);
  });
});

describe('refuseForbiddenLiteral', () => {
  it.each(['http://169.254.169.254/', 'http://[fe80::1]/', 'http://0xa9fea9fe/', 'http://2852039166/'])(
    'sees through the notation of %s',
    (url) => {
      expect(() => refuseForbiddenLiteral(new URL(url), 'exact')).toThrow(/not a public address/);
    },
  );
});

describe('guardedLookup', () => {
  const lookup = (permission: 'exact' | 'wildcard', all: boolean) =>
    new Promise((resolve) =>
      guardedLookup(permission)('localhost', { all }, (error, found) => resolve(error ?? found)),
    );

  it('checks the very addresses that will be connected to', async () => {
    expect(await lookup('wildcard', true)).toMatchObject({ status: 403, code: 'address_not_allowed' });
    expect(await lookup('wildcard', false)).toMatchObject({ status: 403, code: 'address_not_allowed' });
  });

  it('answers in both forms that node asks for', async () => {
    expect(await lookup('exact', true)).toEqual(
      expect.arrayContaining([expect.objectContaining({ address: expect.stringMatching(/^127\.|^::1$/) })]),
    );
    expect(await lookup('exact', false)).toMatch(/^127\.|^::1$/);
  });
});

describe('permissionFor', () => {
  const ask = (url: string, list?: string) => permissionFor(new URL(url), list);

  it('knows hosts in full and by wildcard', () => {
    const list = 'erp.example.com, odoo.internal:8069 *.odoo.com [::1]:8069';
    expect(ask('https://ERP.example.com/x', list)).toBe('exact');
    expect(ask('http://odoo.internal:8069', list)).toBe('exact');
    expect(ask('http://[::1]:8069', list)).toBe('exact');
    expect(ask('https://mine.odoo.com', list)).toBe('wildcard');
    expect(ask('https://a.b.odoo.com', list)).toBe('wildcard');
  });

  it.each([
    'https://odoo.com',
    'https://evilodoo.com',
    'https://mine.odoo.com:8443',
    'http://mine.odoo.com',
    'https://mine.odoo.com.evil.net',
  ])('does not take %s for *.odoo.com', (url) => {
    expect(() => ask(url, '*.odoo.com')).toThrow(/has not allowed/);
  });

  it.each(['*', '*.', 'http://x', 'a b/c', '*.*.com', 'x:port'])('refuses the entry "%s"', (entry) => {
    expect(() => ask('https://x', entry)).toThrow(/ODOO_ALLOWED_HOSTS of this skill holds/);
  });
});
