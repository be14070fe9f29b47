import { plainText } from '@odoobo/app-platform/spec';

/** The most that is shown of it, in characters. */
const longest = 200;

/** The line above the frames of a stack, whatever language's; with what stands in front of an error that was not caught. */
const stackFrame = /^\s+at \S|^\s+\[errors?\]:|^\tfrom \S|^goroutine \d+ /;
const errorHead =
  /^(?:Uncaught |Caused by: |Exception in thread "[^"]*" )?(?:[\w$.]+\.)?[A-Z]?\w*(?:Error|Exception|Warning)\b.*/;
const pythonTraceback = /^\s*(?:\+ )?(?:Exception Group )?Traceback \(most recent call last\):/;
/** What no program can catch. */
const uncatchable = /\bFATAL ERROR: |^panic: |^fatal error: |\bpanicked at\b/;
/** Words by which runtimes, shells and loggers name what ends a process. */
const fatal =
  /\bFATAL\b|\bfatal\b|(?:Error|Exception)\b|\berror:|\bERROR\b|\bCRITICAL\b|\bSegmentation fault\b|\bCannot find module\b|: not found$|\bpermission denied\b/;

/**
 * The line in which an ended process gives the reason: the head of its last stack trace, else its last line about an error.
 * Undefined where there is none.
 * @param lines what it printed last
 */
export function causeLine(lines: readonly string[]): string | undefined {
  const texts = lines.map((line) => plainText(line).trimEnd());
  const line =
    texts.findLast((text) => uncatchable.test(text)) ??
    headOfStack(texts) ??
    endOfTraceback(texts) ??
    texts.findLast((text) => fatal.test(text));
  const message = line === undefined ? undefined : messageIn(line.trim());
  return message && (message.length > longest ? `${message.slice(0, longest - 1)}…` : message);
}

/** Node, Java and the like: `Error: no such file`, then `    at open (...)`. */
function headOfStack(lines: readonly string[]): string | undefined {
  const frame = lines.findLastIndex((line) => stackFrame.test(line));
  // Its causes follow below it, indented: the topmost error is the one that was not caught.
  return lines.slice(0, Math.max(0, frame)).findLast((line) => errorHead.test(line));
}

/** Python: the first line that is not indented after the frames. */
function endOfTraceback(lines: readonly string[]): string | undefined {
  const begin = lines.findLastIndex((line) => pythonTraceback.test(line));
  return begin === -1 ? undefined : lines.slice(begin + 1).find((line) => /^\S/.test(line));
}

/** The message of a JSON line, as loggers write it. */
function messageIn(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { msg, message, err, error } = JSON.parse(line) as Record<string, unknown>;
    const inner = [err, error].map((one) => (one as { message?: unknown } | undefined)?.message ?? one);
    return [msg, message, ...inner].find((one): one is string => typeof one === 'string') ?? line;
  } catch {
    return line;
  }
}
