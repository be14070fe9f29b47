import { describe, expect, it } from 'vitest';
import { callerUrl, requireListed } from './host-list.js';

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
