import { SkillError } from '@odoobo/skill-kit';

/**
 * A method call in XML-RPC (http://xmlrpc.com/spec.md). `null` becomes the extension `nil`, and integers may be larger
 * than the 32 bits of the standard: Python, which reads this, knows both.
 * @param args values as of JSON
 * @throws SkillError 422 for a text with control characters, which XML 1.0 cannot hold
 */
export function encodeCall(method: string, args: unknown[]): string {
  const params = args.map((value) => `<param>${encode(value)}</param>`).join('');
  return `<?xml version="1.0"?><methodCall><methodName>${text(method)}</methodName><params>${params}</params></methodCall>`;
}

function encode(value: unknown): string {
  return `<value>${encodeTyped(value)}</value>`;
}

function encodeTyped(value: unknown): string {
  if (value === null || value === undefined) return '<nil/>';
  if (typeof value === 'boolean') return `<boolean>${value ? 1 : 0}</boolean>`;
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? `<int>${value}</int>` : `<double>${value}</double>`;
  }
  if (typeof value === 'string') return `<string>${text(value)}</string>`;
  if (Array.isArray(value)) return `<array><data>${value.map(encode).join('')}</data></array>`;
  const members = Object.entries(value).map(
    ([name, member]) => `<member><name>${text(name)}</name>${encode(member)}</member>`,
  );
  return `<struct>${members.join('')}</struct>`;
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };

function text(value: string): string {
  // The ones that XML 1.0 leaves out.
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(value)) {
    const message = 'An argument holds a control character, which XML cannot carry. Use jsonrpc or json2.';
    throw new SkillError(422, 'not_in_xml', message);
  }
  return value
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/[&<>\r]/g, (character) => escapes[character] ?? character);
}
