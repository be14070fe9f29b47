import { plainText } from '../spec/plain-text.js';

/** A longer line would hide the rest of the message. */
const longest = 300;

/**
 * The beginning of a log line on App Platform and on the local platform: the component, and when the line was written.
 * https://docs.digitalocean.com/products/app-platform/how-to/view-logs/
 */
const prefix = /^(?:\S+ )?\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d) ?/;

/** An error with its type, at the beginning of a line: `TypeError: x`, `Error [ERR_X]: x`, `psycopg.OperationalError: x`. */
const typedError = /^(?:Uncaught )?\[?[\w$.]*(?:Error|Exception|Rejection|Exit|Interrupt)(?: \[\w+\])?: ?\S/;
const traceback = /^\s*(?:\+ )?(?:Exception Group )?Traceback \(most recent call last\):/;
/** Node marks with it the place that threw; the error follows. */
const caret = /^\s*\^+\s*$/;
/** Errors of Go, Rust, Java and Ruby, and of the engine of Node. */
const ofOthers =
  /^(?:panic: |fatal error: |FATAL ERROR: |thread '.*' .*panicked|Exception in thread )|: .+ \(\w+(?:Error|Exception)\)$/;
/** Errors of builds, where the first error is the cause of the others. */
const ofBuilds =
  /^(?:✘ )?\[ERROR\] |\berror TS\d+: |^(?:npm ERR!|npm error) (?!code |errno |syscall |path |A complete log)|^ERROR: /;
/** The platform's own code for a failed deployment, in the log: that is known already. */
const reasonCode = /^[A-Z][a-z]+(?:[A-Z][a-z]+)+: /;
/** Words of programs that report errors in their own format. */
const anyError =
  /\b(?:error|fatal|exception|failed|cannot|can't|could not|refused|denied|not found|is not set|missing|critical|segmentation fault)\b/i;

/**
 * The line of the log that says what went wrong, such as `Error: no database`: of the last crash, if there were several; an
 * exception with its type is preferred to a line that only sounds like an error.
 * @returns undefined if no line does
 */
export function errorIn(log: readonly string[]): string | undefined {
  const lines = log.map((line) => plainText(line).replace(prefix, '').trimEnd());
  const at = lastError(lines);
  if (at === -1) return undefined;
  const found = messageAt(lines, at);
  return found.length > longest ? `${found.slice(0, longest - 1)}…` : found;
}

/** Its index; -1 if there is none. */
function lastError(lines: readonly string[]): number {
  const strong = Math.max(
    lines.findLastIndex(
      (line) => typedError.test(line) || ofOthers.test(line) || jsonError(line) !== undefined,
    ),
    after(lines, caret, (line) => line !== ''),
    after(lines, traceback, (line) => /^\S/.test(line)),
  );
  if (strong !== -1) return strong;
  const build = lines.findIndex((line) => ofBuilds.test(line));
  return build === -1
    ? lines.findLastIndex((line) => /^[^\s{]/.test(line) && !reasonCode.test(line) && anyError.test(line))
    : build;
}

/** The first line of a kind after the last line that matches. */
function after(lines: readonly string[], pattern: RegExp, kind: (line: string) => boolean): number {
  const start = lines.findLastIndex((line) => pattern.test(line));
  return start === -1 ? -1 : lines.findIndex((line, index) => index > start && kind(line));
}

/** The line with its cause, if the stack trace below has one; with the next line if it begins a list. */
function messageAt(lines: readonly string[], at: number): string {
  const line = lines[at] ?? '';
  const message = jsonError(line) ?? line;
  if (message.endsWith(':')) return `${message} ${lines[at + 1]?.trim() ?? ''}`;
  const below = lines.slice(at + 1);
  const end = below.findIndex((one) => /^[^\s}]/.test(one));
  const causes = below
    .slice(0, end === -1 ? undefined : end)
    .flatMap((one) => /^\s+\[cause\]: (.+?)(?: \{)?$/.exec(one)?.[1] ?? []);
  const root = causes.at(-1);
  return root === undefined ? message : `${message} (cause: ${root})`;
}

/** The error in a line of JSON that a logger such as pino has written. */
function jsonError(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { level, msg, err } = JSON.parse(line) as {
      level?: unknown;
      msg?: unknown;
      err?: { type?: unknown; message?: unknown };
    };
    const isError = level === 'error' || level === 'fatal' || (typeof level === 'number' && level >= 50);
    if (!isError) return undefined;
    if (typeof err?.message === 'string')
      return `${typeof err.type === 'string' ? err.type : 'Error'}: ${err.message}`;
    return typeof msg === 'string' ? msg : undefined;
  } catch {
    return undefined;
  }
}
