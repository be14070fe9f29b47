import { describe, expect, it } from 'vitest';
import { callerUrl, reachOrPublic, requireListed } from './host-list.js';

describe('hosts that an operator lists', () => {
  const ask = (url: string, value?: string) => requireListed(new URL(url), { variable: 'ODOO_HOSTS', value });

  it('are known in full and by wildcard', () => {
    const list = 'erp.example.com, odoo.internal:8069 *.odoo.com [::1]:8069';
    expect(ask('https://ERP.example.com/x', list)).toBe('own-network');
    expect(ask('http://odoo.internal:8069', list)).toBe('own-network');
    expect(ask('http://[::1]:8069', list)).toBe('own-network');
    expect(ask('https://mine.odoo.com', list)).toBe('public');
    expect(ask('https://a.b.odoo.com', list)).toBe('public');
  });

  it.each([
    ['https://erp.example.com/', 'erp.example.com:443'],
    ['http://erp.example.com/', 'erp.example.com:80'],
    ['http://[::1]/', '[::1]:80'],
  ])('may name the default port of %s', (url, entry) => {
    expect(ask(url, entry)).toBe('own-network');
  });

  it.each([
    ['https://erp.example.com/', 'erp.example.com:80'],
    ['http://erp.example.com:8069/', 'erp.example.com'],
  ])('have another port than %s where they are %s', (url, entry) => {
    expect(() => ask(url, entry)).toThrow(/does not allow/);
  });

  it.each([
    ['http://127.0.0.1:8069/odoo', '127.0.0.1:8069'],
    ['https://erp.example.com/', 'erp.example.com'],
  ])('are named by a refusal, with the entry for %s', (url, entry) => {
    expect(() => ask(url, '')).toThrow(
      `it is not in ODOO_HOSTS. Add "${entry}" to it: an entry without a port allows only the default one.`,
    );
  });

  it('may be beside any public host', () => {
    const reach = (url: string) =>
      reachOrPublic(new URL(url), { variable: 'HOSTS', value: 'a.internal *.b.example' });
    expect(reach('http://a.internal/')).toBe('own-network');
    expect(reach('https://x.b.example/')).toEqual({ variable: 'HOSTS', entry: 'x.b.example' });
    expect(reach('http://c.example:3000/')).toEqual({ variable: 'HOSTS', entry: 'c.example:3000' });
  });

  it.each([
    'https://odoo.com',
    'https://evilodoo.com',
    'https://mine.odoo.com:8443',
    'http://mine.odoo.com',
    'https://mine.odoo.com.evil.net',
  ])('do not include %s by *.odoo.com', (url) => {
    expect(() => ask(url, '*.odoo.com')).toThrow(/does not allow/);
  });

  it.each(['*', '*.', 'http://x', 'a b/c', '*.*.com', 'x:port'])('cannot be "%s"', (entry) => {
    expect(() => ask('https://x', entry)).toThrow(/ODOO_HOSTS of this skill contains/);
  });
});

describe('a URL that a caller gives', () => {
  it.each(['http://a.example/x?y#z', 'HTTPS://A.example', ' https://a.example '])('may be %j', (text) => {
    expect(callerUrl(text, 'url').hostname).toBe('a.example');
  });

  it.each([
    ['file:///etc/passwd', 'invalid_url'],
    ['javascript:alert(1)', 'invalid_url'],
    ['data:text/css,a{}', 'invalid_url'],
    ['//a.example', 'invalid_url'],
    ['http://', 'invalid_url'],
    ['', 'invalid_url'],
    ['http://user@a.example', 'credentials_in_url'],
    ['http://:secret@a.example', 'credentials_in_url'],
  ])('is refused as %j', (text, code) => {
    const details = [{ path: 'input/url', message: expect.not.stringContaining('secret') as string }];
    expect(() => callerUrl(text, 'url')).toThrow(expect.objectContaining({ status: 400, code, details }));
  });
});
