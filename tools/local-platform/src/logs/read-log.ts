import { setTimeout as delay } from 'node:timers/promises';
import type { LogCaps } from './log-caps.js';
import { LogFile, type LogChunk } from './log-file.js';
import { hashOfLine, type LogPosition } from './log-position.js';

/** A "line" of a service that prints no line ends is passed on in pieces of this size. */
const longestLine = 1024 * 1024;
const followMs = 100;
const lineEnd = '\n'.charCodeAt(0);

export interface Follow {
  /** Ends the reading. */
  signal: AbortSignal;
  /** True when nothing more will be written; what is there is still read. */
  isOver(): boolean;
  /** Goes on where an earlier reader was interrupted, in this log or in the one that bore the name before it. */
  after?: { position: LogPosition; earlier: string } | undefined;
}

export interface ReadOptions {
  /** Begins so many lines before the end. */
  tailLines?: number | undefined;
  /** Goes on with what is added, also when the file appears later or is replaced by a new one. */
  follow?: Follow | undefined;
  /** Whoever cuts the log meanwhile, where somebody does. */
  caps?: LogCaps | undefined;
}

export interface LogLine {
  /** With its line end. */
  text: string;
  /** The place after it. */
  position(): LogPosition;
}

/** The lines of a log, each with its line end, then, when it is followed, those that are added. A missing file is empty. */
export async function* readLog(file: string, options: ReadOptions = {}): AsyncGenerator<string> {
  for await (const { text } of readLines(file, options)) yield text;
}

/** The same, and where each of them ends. */
export async function* readLines(file: string, options: ReadOptions = {}): AsyncGenerator<LogLine> {
  const { tailLines, follow, caps } = options;
  yield* linesOf(follow ? followed(file, tailLines, follow, caps) : asItIs(file, tailLines, caps));
}

/** The last lines of a log. */
export async function readTail(file: string, lines: number): Promise<string[]> {
  const tail: string[] = [];
  for await (const line of readLog(file, { tailLines: lines })) tail.push(line);
  return tail;
}

async function* asItIs(
  file: string,
  tailLines: number | undefined,
  caps: LogCaps | undefined,
): AsyncGenerator<LogChunk> {
  const log = await LogFile.open(file, caps);
  if (!log) return;
  try {
    if (tailLines === undefined) yield* log.asItWas();
    else yield await log.tail(tailLines);
  } finally {
    await log.close();
  }
}

async function* followed(
  file: string,
  tailLines: number | undefined,
  { signal, isOver, after }: Follow,
  caps: LogCaps | undefined,
): AsyncGenerator<LogChunk> {
  let log = after ? await openAfter(file, after, caps) : await LogFile.open(file, caps);
  let wasOver = false;
  try {
    if (!after) await log?.goTo(tailLines);
    while (!signal.aborted) {
      const over = isOver();
      const isOther = log === undefined || (await log.isReplaced(file));
      const next = isOther ? await LogFile.open(file, caps) : undefined;
      // Only after the look for another one: then nothing is added any more to the one before.
      if (log) yield* log.rest(signal);
      if (next) {
        await log?.close();
        log = next;
        continue;
      }
      if (wasOver) return;
      // Once more after the end: a last line may be on its way.
      wasOver = over;
      await delay(followMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await log?.close();
  }
}

/** The log in which a reader was interrupted, there; the present one from its beginning where that is gone. */
async function openAfter(
  file: string,
  { position, earlier }: NonNullable<Follow['after']>,
  caps: LogCaps | undefined,
): Promise<LogFile | undefined> {
  for (const name of [file, earlier]) {
    const log = await LogFile.open(name, caps);
    if (log?.id !== position.file) {
      await log?.close();
      continue;
    }
    await log.goAfter(position);
    return log;
  }
  return LogFile.open(file, caps);
}

/** Lines go on over the end of a chunk, but not of a file. */
async function* linesOf(chunks: AsyncIterable<LogChunk>): AsyncGenerator<LogLine> {
  let rest: LogChunk | undefined;
  for await (const chunk of chunks) {
    if (rest && rest.file !== chunk.file) yield lineOf(rest, 0, rest.bytes.length);
    const goesOn = rest?.file === chunk.file;
    const { file } = chunk;
    const bytes = goesOn && rest ? Buffer.concat([rest.bytes, chunk.bytes]) : chunk.bytes;
    const all = { bytes, file, offset: chunk.offset + chunk.bytes.length - bytes.length };
    let begin = 0;
    for (let end = bytes.indexOf(lineEnd) + 1; end > 0; end = bytes.indexOf(lineEnd, end) + 1) {
      yield lineOf(all, begin, end);
      begin = end;
    }
    if (bytes.length - begin > longestLine) {
      yield lineOf(all, begin, bytes.length);
      begin = bytes.length;
    }
    rest = begin < bytes.length ? { bytes: bytes.subarray(begin), file, offset: all.offset + begin } : undefined;
  }
  if (rest) yield lineOf(rest, 0, rest.bytes.length);
}

function lineOf({ bytes, file, offset }: LogChunk, begin: number, end: number): LogLine {
  const line = bytes.subarray(begin, end);
  return {
    text: line.toString('utf8'),
    position: () => ({ file, offset: offset + end, line: hashOfLine(line) }),
  };
}
