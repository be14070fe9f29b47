import { inspect } from 'node:util';

/** Forms in which programs print a text, each complete. */
export const clothes: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'JSON.stringify': (text) => JSON.stringify({ text }),
  'util.inspect': (text) => inspect({ text }, { breakLength: Infinity }),
  'util.inspect of an array': (text) => inspect([text]),
  // As Node prints a Buffer, but not cut off after 50 bytes.
  'Buffer in util.inspect': (text) => `<Buffer ${bytesAs(text, '', ' ')}>`,
  'Buffer in JSON': (text) => JSON.stringify(Buffer.from(text)),
  'Uint8Array in util.inspect': (text) =>
    inspect(new Uint8Array(Buffer.from(text)), { maxArrayLength: null }),
  'bytes in Go': (text) => `[${[...Buffer.from(text)].join(' ')}]`,
  encodeURIComponent: (text) => `?q=${encodeURIComponent(text)}`,
  'encodeURIComponent, lower case': (text) =>
    encodeURIComponent(text).replace(/%../g, (octet) => octet.toLowerCase()),
  'every character percent-encoded': (text) => bytesAs(text, '%', ''),
  'a form': (text) => new URLSearchParams({ text }).toString(),
  escape: (text) => escape(text),
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'base64 in lines': (text) => Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\n'),
  'an Authorization header': (text) =>
    `Authorization: Basic ${Buffer.from(`user:${text}`).toString('base64')}`,
  hex: (text) => Buffer.from(text).toString('hex'),
  'hex, upper case': (text) => Buffer.from(text).toString('hex').toUpperCase(),
  'hex with colons': (text) => bytesAs(text, '', ':'),
  'C bytes': (text) => bytesAs(text, '\\x', ''),
  'HTML by name': (text) => text.replace(/[&<>"']/g, (sign) => names.get(sign) ?? sign),
  'HTML by number': (text) => text.replace(/[^\w ]/gu, (sign) => `&#${sign.codePointAt(0)};`),
  'HTML by hex number': (text) =>
    text.replace(/[^\w ]/gu, (sign) => `&#x${sign.codePointAt(0)?.toString(16)};`),
  'a word of a shell': (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`,
  'a word of a shell, with double quotes': (text) => `'${text.replaceAll("'", `'"'"'`)}'`,
  'printf %q': (text) => text.replace(/[^\w\n]/gu, String.raw`\$&`),
  'repr of Python': pythonRepr,
  '%q of Go': (text) => `"${text.replace(/["\\]/g, String.raw`\$&`).replace(/\p{Cc}/gu, goControl)}"`,
  'single quotes of YAML and SQL': (text) => `'${text.replaceAll("'", "''")}'`,
  CSV: (text) => `"${text.replaceAll('"', '""')}"`,
  'JSON in ASCII': (text) => JSON.stringify(text).replace(/[^ -~]/g, unit),
  'every character as \\u': (text) => text.replace(/[^]/g, unit),
};

const names = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

function bytesAs(text: string, before: string, between: string): string {
  const octets = Array.from(Buffer.from(text), (byte) => before + byte.toString(16).padStart(2, '0'));
  return octets.join(between);
}

function unit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function goControl(control: string): string {
  return control === '\n' ? '\\n' : `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

function pythonRepr(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  if (text.includes("'") && !text.includes('"')) return `"${escaped}"`;
  return `'${escaped.replaceAll("'", "\\'")}'`;
}
