import { SecretFinder } from './find-secrets.js';
import { patternsOf } from './patterns.js';
import type { Range } from './view.js';

/** Removes secrets from a text. */
export interface Redactor {
  (text: string): string;
  /**
   * The same for a text that arrives in chunks, such as a log: it passes on whole lines, and holds back those in which a secret
   * may have begun. A very long line is passed on in parts.
   */
  stream(chunks: AsyncIterable<string>): AsyncGenerator<string>;
}

/** Where a long line is cut, an encoded secret is assumed to be at most 8 times as long as the secret. */
const longestEncoded = 8;
/** A line of more bytes is cut. */
const longestLine = 64 * 1024;

/**
 * Replaces every occurrence of secrets by a mask: as they are, escaped or encoded in any way that `docs/local-platform.md` lists,
 * and the parts of them that are secrets by themselves. Line ends are kept, so the number of lines does not change.
 */
export function redactor(secrets: readonly string[], mask = '[REDACTED]'): Redactor {
  const patterns = patternsOf(secrets);
  if (patterns.length === 0) return Object.assign((text: string) => text, { stream: unchanged });
  const finder = new SecretFinder(patterns);
  const redact = (text: string): string => {
    const bytes = Buffer.from(text);
    const found = finder.find(bytes);
    return found.length === 0 ? text : masked(bytes, found, mask);
  };
  return Object.assign(redact, {
    stream: (chunks: AsyncIterable<string>) => redactStream(chunks, finder, redact),
  });
}

async function* unchanged(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  yield* chunks;
}

function masked(bytes: Buffer, found: readonly Range[], mask: string): string {
  let shown = 0;
  const parts = found.map(({ start, end }) => {
    const before = bytes.toString('utf8', shown, start);
    shown = end;
    return before + bytes.toString('utf8', start, end).replace(/[^\r\n]+/g, mask);
  });
  return parts.join('') + bytes.toString('utf8', shown);
}

async function* redactStream(
  chunks: AsyncIterable<string>,
  finder: SecretFinder,
  redact: (text: string) => string,
): AsyncGenerator<string> {
  let held = '';
  for await (const chunk of chunks) {
    held += chunk;
    const bytes = Buffer.from(held);
    const end = readyUpTo(bytes, finder);
    if (end === 0) continue;
    // Counted in characters: the last one may be half of a pair.
    const ready = held.slice(0, bytes.toString('utf8', 0, end).length);
    held = held.slice(ready.length);
    yield redact(ready);
  }
  if (held !== '') yield redact(held);
}

/** The end of the part that later text cannot change: a line end, or a position in a very long line. */
function readyUpTo(bytes: Buffer, finder: SecretFinder): number {
  const lines = bytes.lastIndexOf('\n') + 1;
  const ready = finder.openFrom(bytes.subarray(0, lines));
  const longest = longestEncoded * finder.longest;
  const isLong = bytes.length - ready >= longest + longestLine;
  if (!isLong && ready === lines) return ready;
  const cut = isLong ? startOfCharacter(bytes, bytes.length - longest) : ready;
  // Not in the middle of a secret that was found.
  const across = finder.find(bytes).find(({ start, end }) => start < cut && end > cut);
  if (!across) return cut;
  return isLong && across.start === 0 ? across.end : across.start;
}

function startOfCharacter(bytes: Buffer, at: number): number {
  let start = at;
  while (((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  return start;
}
