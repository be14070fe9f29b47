import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeResponse } from './decode.js';
import { encodeCall } from './encode.js';

const response = (value: string) =>
  `<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n${value}\n</param>\n</params>\n</methodResponse>`;

describe('decodeResponse', () => {
  it('reads what Python writes', () => {
    const value = `<value><struct>
      <member>\n<name>a</name>\n<value><array><data>
      <value><int>1</int></value>\n<value><double>2.5</double></value>\n<value><boolean>1</boolean></value>
      <value><string>x&lt;&amp;&#13;</string></value>\n<value><nil/></value>\n<value>bare</value>
      <value><array><data>\n</data></array></value>\n<value><struct>\n</struct></value>
      </data></array></value>\n</member></struct></value>`;
    expect(decodeResponse(response(value))).toEqual({
      value: { a: [1, 2.5, true, 'x<&\r', null, 'bare', [], {}] },
    });
  });

  it('reads a fault', () => {
    const xml = `<methodResponse><fault><value><struct>
      <member><name>faultCode</name><value><int>3</int></value></member>
      <member><name>faultString</name><value><string>Access Denied</string></value></member>
      </struct></value></fault></methodResponse>`;
    expect(decodeResponse(xml)).toEqual({ fault: { code: 3, string: 'Access Denied' } });
  });

  it.each([
    ['HTML', '<!doctype html><html></html>', /document type/],
    ['a bomb', '<!DOCTYPE x [<!ENTITY a "aaaa">]><methodResponse>&a;</methodResponse>', /document type/],
    ['an entity of HTML', response('<value>&nbsp;</value>'), /entity/],
    ['another root', '<html><body/></html>', /element "body"/],
    ['nothing', '', /methodResponse|root/],
    ['an end too early', '<methodResponse><params>', /Unclosed/],
    ['no value', '<methodResponse><params></params></methodResponse>', /no value/],
    ['a wrong number', response('<value><int>1x</int></value>'), /no integer/],
    ['endless nesting', `<methodResponse>${'<value>'.repeat(100_000)}`, /too deep/],
  ])('refuses %s', (_what, xml, message) => {
    expect(() => decodeResponse(xml)).toThrow(message);
  });

  it('keeps a member with the name of a prototype', () => {
    const member = '<member><name>__proto__</name><value><int>1</int></value></member>';
    const { value } = decodeResponse(response(`<value><struct>${member}</struct></value>`));
    expect(Object.entries(value as object)).toEqual([['__proto__', 1]]);
  });
});

describe('encodeCall', () => {
  it('writes any value of JSON so that it can be read again', () => {
    const readable = fc
      .jsonValue({ noUnicodeString: false })
      .filter((value) => !unreadable.test(JSON.stringify(value)));
    fc.assert(
      fc.property(readable, (sent) => {
        const params = /<params>[^]*<\/params>/.exec(encodeCall('echo', [sent]))?.[0];
        // Negative zero has no integer of its own.
        const expected: unknown = JSON.parse(JSON.stringify(sent));
        expect(decodeResponse(`<methodResponse>${params}</methodResponse>`)).toEqual({ value: expected });
      }),
    );
  });

  it.each(['\0', 'a\x1b[0m', '\ufffe'])('refuses the text %j', (text) => {
    expect(() => encodeCall('write', [{ name: text }])).toThrow(/control character/);
  });
});

/** Control characters, as JSON writes them, and code points that are not characters. */
const unreadable = /\\u00[01]|\\b|\\f|\\ud[89a-f]|[\ufffe\uffff]/;
