import { SecretFinder } from './find-secrets.js';
import { patternsOf } from './patterns.js';
import type { Range } from './view.js';

/** Takes secrets out of a text. */
export interface Redactor {
  (text: string): string;
  /**
   * The same of a text that comes in chunks, such as a log: it passes on whole lines, and keeps back those in which a secret may
   * have begun. A line that is very long comes in pieces.
   */
  stream(chunks: AsyncIterable<string>): AsyncGenerator<string>;
}

/** How much longer than a secret an encoded one is taken to be at most, where a long line is cut. */
const longestEncoded = 8;
/** From so many bytes on a line is cut. */
const longestLine = 64 * 1024;

/**
 * Replaces every occurrence of secrets by a mask: as they are, escaped or encoded in any way that `docs/local-platform.md` names,
 * and the parts of them that are secrets by themselves. Line ends are kept, so a text has as many lines as before.
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
    // By characters: the last one may be half of a pair.
    const ready = held.slice(0, bytes.toString('utf8', 0, end).length);
    held = held.slice(ready.length);
    yield redact(ready);
  }
  if (held !== '') yield redact(held);
}

/** Up to where what follows changes nothing: a line end, or a place in a very long line. */
function readyUpTo(bytes: Buffer, finder: SecretFinder): number {
  const lines = bytes.lastIndexOf('\n') + 1;
  const ready = finder.openFrom(bytes.subarray(0, lines));
  const longest = longestEncoded * finder.longest;
  const isLong = bytes.length - ready >= longest + longestLine;
  if (!isLong && ready === lines) return ready;
  const cut = isLong ? startOfCharacter(bytes, bytes.length - longest) : ready;
  // Not in the middle of a secret that is there already.
  const across = finder.find(bytes).find(({ start, end }) => start < cut && end > cut);
  if (!across) return cut;
  return isLong && across.start === 0 ? across.end : across.start;
}

function startOfCharacter(bytes: Buffer, at: number): number {
  let start = at;
  while (((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  return start;
}
