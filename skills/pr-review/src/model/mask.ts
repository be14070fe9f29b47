import type { ChangedFile } from '../diff/parse-diff.js';
import { entropy } from '../rules/entropy.js';
import { nothingAllowed } from '../secrets/allow-list.js';
import { findSecrets } from '../secrets/find-secrets.js';

export const masked = '[masked]';

/** Each is searched for in all lines. */
const maxValues = 200;

/**
 * The lines of a file's hunks, by hunk, without what must not leave: lines in which a rule finds a secret, whatever they change;
 * private keys up to their end; the values of such lines wherever else they are; long random texts.
 * @param secretLines numbers in the new file of lines that the review found secrets on
 */
export async function maskedHunks(
  file: ChangedFile,
  secretLines: ReadonlySet<number>,
  signal: AbortSignal,
): Promise<string[][]> {
  const lines = file.hunks.flatMap(({ lines }) => lines);
  const hidden = await linesWithSecrets(file, lines, signal);
  for (const index of newLineIndexes(file, secretLines)) hidden.add(index);
  hideKeys(lines, hidden);
  const values = [...new Set([...hidden].flatMap((index) => valuesIn(lines[index] ?? '')))].slice(
    0,
    maxValues,
  );
  let at = 0;
  return file.hunks.map(({ lines }) =>
    lines.map((line) => (hidden.has(at++) ? `${line.slice(0, 1)}${masked}` : maskText(line, values))),
  );
}

/**
 * Every line of the diff is read as an added one: a secret that is removed, or only shown, is a secret all the same. So is one that the
 * repository allows: to keep it there is not to send it elsewhere.
 */
async function linesWithSecrets(
  file: ChangedFile,
  lines: string[],
  signal: AbortSignal,
): Promise<Set<number>> {
  const added = lines.map((line, index) => ({
    line: index + 1,
    text: line.slice(1).replaceAll('gitleaks:allow', ''),
  }));
  const issues = await findSecrets({ ...file, added }, nothingAllowed, signal);
  return new Set(issues.map(({ line }) => line - 1));
}

function newLineIndexes({ hunks }: ChangedFile, numbers: ReadonlySet<number>): number[] {
  const found: number[] = [];
  let index = 0;
  for (const { newStart, lines } of hunks) {
    let line = newStart;
    for (const text of lines) {
      const isNew = text.startsWith('+') || text.startsWith(' ');
      if (isNew && numbers.has(line)) found.push(index);
      if (isNew) line += 1;
      index += 1;
    }
  }
  return found;
}

/** A rule sees the first line of a private key; the key is in those after it, and may end outside the diff. */
function hideKeys(lines: string[], hidden: Set<number>): void {
  let inside = false;
  for (const [index, line] of lines.entries()) {
    inside ||= /-----BEGIN [A-Z ]{0,30}PRIVATE KEY/.test(line);
    if (inside) hidden.add(index);
    if (/-----END [A-Z ]{0,30}PRIVATE KEY/.test(line)) inside = false;
  }
}

/** What could be the secret in a line that holds one. A bare word without a digit is more likely a type or a name. */
function valuesIn(line: string): string[] {
  const quoted = [...line.matchAll(/["'`]([^"'`]{6,500})["'`]/g)].map(([, value = '']) => value);
  const bare = [...line.matchAll(/[=:]\s{0,10}([^\s"'`,;]{6,500})/g)].map(([, value = '']) => value);
  return [...quoted, ...bare.filter((value) => /\d/.test(value))];
}

/** Without the given values, and without long texts that look random. */
export function maskText(text: string, values: Iterable<string> = []): string {
  let shown = text;
  for (const value of values) shown = shown.replaceAll(value, masked);
  return shown.replace(/[A-Za-z0-9+/_=-]{24,}/g, (token) => (looksLikeKey(token) ? masked : token));
}

/** Long hexadecimal texts, and ones of letters in both cases and digits; names of things have few digits. */
function looksLikeKey(token: string): boolean {
  if (/^[0-9a-f]{32,}$/i.test(token)) return true;
  const digits = token.replace(/\D/g, '').length;
  return digits >= 3 && /[a-z]/.test(token) && /[A-Z]/.test(token) && entropy(token) >= 4;
}
