import { isUtf8 } from 'node:buffer';
import { withoutEscapes } from './escapes.js';

/** Shorter parts of a secret would hide half of a log, and reveal nothing. */
const shortest = 4;
/** A line such as "-----" or "}" reveals nothing. */
const secretLine = /^\w{4,}$|^(?=(?:.*[\p{L}\p{N}]){4}).{8,}$/u;
/** `scheme://user:password@host`. If the password has a "/" that is not encoded, it ends at the last "@". */
const credentials = /^[a-z][a-z\d+.-]*:\/\/(?:([^/?#\s]*)@|(\S*)@)/i;
/** The value of a field with a name like that of a secret: in JSON, YAML, a query, a connection string or a `.env` file. */
const namedField =
  /(?:passwo?r?d|passphrase|pass|pwd|secret|token|key|signature|sig|credentials?)["']?\s*[=:]\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s;&,"'}]+))/gi;

/**
 * What must not be shown of a secret: the secret, and every part that is a secret by itself: each line of several, the
 * password of a URL, the token of `user:token` and of `Bearer token`, fields named like secrets, and the same parts of a
 * secret that is base64.
 */
export function partsOf(secret: string): string[] {
  const plain = withoutEscapes({ bytes: Buffer.from(secret) }).bytes.toString('utf8');
  const parts = [secret, plain].flatMap((text) => [
    ...linesOf(text),
    ...credentialsIn(text),
    ...fieldsOf(text),
  ]);
  const inner = [secret, ...tokenOf(secret)].flatMap(decodedOf).flatMap(partsOf);
  return [...new Set([secret, ...[...parts, ...inner].filter(({ length }) => length >= shortest)])];
}

/** The password of a URL, the token of `user:token` and of `Bearer token`. */
export function credentialsIn(text: string): string[] {
  return [...passwordsOf(text), ...tokenOf(text)];
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.length === 1) return [];
  return lines.map((line) => line.trim()).filter((line) => secretLine.test(line));
}

/** The password of a URL, or the token that a web address has instead of it. */
export function passwordsOf(text: string): string[] {
  const [url, standard, lenient] = credentials.exec(text) ?? [];
  const user = standard ?? lenient;
  if (url === undefined || user === undefined) return [];
  const colon = user.indexOf(':');
  if (colon !== -1) return [user.slice(colon + 1)];
  // A web address without a password has a token there.
  return /^http/i.test(url) ? [user] : [];
}

function tokenOf(text: string): string[] {
  const [, token] = /^(?:[\w.+@-]+:(?!\/\/)|(?:bearer|basic|token) +)(\S+)$/i.exec(text) ?? [];
  return token === undefined ? [] : [token];
}

function fieldsOf(text: string): string[] {
  return [...text.matchAll(namedField)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

/** The text that a base64 secret encodes. */
function decodedOf(secret: string): string[] {
  if (!/^(?:[\w+/-]{4}\s*){4,}[\w+/-]{0,3}={0,2}\s*$/.test(secret)) return [];
  const bytes = Buffer.from(secret, 'base64');
  const text = bytes.toString('utf8');
  return isUtf8(bytes) && !/[^\P{Cc}\s]/u.test(text) ? [text] : [];
}
