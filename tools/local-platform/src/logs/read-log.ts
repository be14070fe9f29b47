import { setTimeout as delay } from 'node:timers/promises';
import type { LogCaps } from './log-caps.js';
import { type LogChunk, LogFile } from './log-file.js';
import { hashOfLine, type LogPosition } from './log-position.js';
import { timeAt } from './log-times.js';

/** A "line" of a service that prints no line ends is passed on in pieces of this size. */
const longestLine = 1024 * 1024;
const followMs = 100;
const lineEnd = '\n'.charCodeAt(0);

export interface Follow {
  /** Ends the reading. */
  signal: AbortSignal;
  /** True when nothing more will be written; what is there is still read. */
  isOver(): boolean;
  /** Continues where an earlier reader was interrupted, in this log or in the one that bore the name before it. */
  after?: { position: LogPosition; earlier: string } | undefined;
}

export interface ReadOptions {
  /** Begins this many lines before the end. */
  tailLines?: number | undefined;
  /** Continues with what is added, also when the file appears later or is replaced by a new one. */
  follow?: Follow | undefined;
  /** What cuts the log meanwhile, if anything does. */
  caps?: LogCaps | undefined;
}

export interface LogLine {
  /** With its line end. */
  text: string;
  /** When it was written, in milliseconds since 1970; undefined where the log is not watched. */
  at: number | undefined;
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

/** The same of logs that follow each other, oldest first, as one. The last of them may be followed. */
export async function* readAll(files: readonly string[], options: ReadOptions = {}): AsyncGenerator<LogLine> {
  const { tailLines, follow, caps } = options;
  const [newest = '', ...older] = files.toReversed();
  // A reader that was interrupted in the newest has read the others.
  if (older.length > 0 && !follow?.after) {
    const room = tailLines && tailLines - (await collect(readLines(newest, { tailLines, caps }))).length;
    yield* await tailOfAll(older, room, caps);
  }
  yield* readLines(newest, options);
}

/** @param files newest first @param lines all, when it is undefined */
async function tailOfAll(
  files: readonly string[],
  lines: number | undefined,
  caps: LogCaps | undefined,
): Promise<LogLine[]> {
  const tail: LogLine[] = [];
  for (const file of files) {
    const room = lines && lines - tail.length;
    if (room !== undefined && room <= 0) break;
    tail.unshift(...(await collect(readLines(file, { tailLines: room, caps }))));
  }
  return tail;
}

async function collect(lines: AsyncIterable<LogLine>): Promise<LogLine[]> {
  const all: LogLine[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

/** The last lines of a log. */
export async function readTail(file: string, lines: number): Promise<string[]> {
  const tail: string[] = [];
  for await (const line of readLog(file, { tailLines: lines })) tail.push(line);
  return tail;
}

/** In words, for a program that did not start: the last lines of its log, and where that is. @param nothing if it is empty */
export async function endOfLog(file: string, nothing: string): Promise<string> {
  const tail = await readTail(file, 20);
  return `${tail.length > 0 ? `Its log ends with:\n${tail.join('')}` : nothing}(${file})`;
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

/** The log in which a reader was interrupted, at that place; the current log from its beginning where that is gone. */
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

/** Lines continue over the end of a chunk, but not of a file. */
async function* linesOf(chunks: AsyncIterable<LogChunk>): AsyncGenerator<LogLine> {
  let rest: Part | undefined;
  for await (const chunk of chunks) {
    if (rest && rest.file !== chunk.file) yield lineOf(rest, 0, rest.bytes.length);
    const all = rest?.file === chunk.file ? joined(rest, chunk) : { ...chunk, before: undefined };
    const { bytes } = all;
    let begin = 0;
    for (let end = bytes.indexOf(lineEnd) + 1; end > 0; end = bytes.indexOf(lineEnd, end) + 1) {
      yield lineOf(all, begin, end);
      begin = end;
    }
    if (bytes.length - begin > longestLine) {
      yield lineOf(all, begin, bytes.length);
      begin = bytes.length;
    }
    rest = begin < bytes.length ? restOf(all, begin) : undefined;
  }
  if (rest) yield lineOf(rest, 0, rest.bytes.length);
}

/** A chunk with the beginning of its first line, which came in chunks before. */
interface Part extends LogChunk {
  /** How many of the bytes those are, and when the first of them was written. */
  before: { bytes: number; at: number | undefined } | undefined;
}

/** A cut between the two has moved the beginning as well. */
function joined(rest: Part, chunk: LogChunk): Part {
  const { length } = rest.bytes;
  return {
    ...chunk,
    bytes: Buffer.concat([rest.bytes, chunk.bytes]),
    offset: chunk.offset - length,
    before: { bytes: length, at: timeOf(rest, 0) },
  };
}

function restOf(part: Part, begin: number): Part {
  const { bytes, offset, before } = part;
  const rest = { ...part, bytes: bytes.subarray(begin), offset: offset + begin };
  return { ...rest, before: begin === 0 ? before : undefined };
}

/** When a line began to be written: its end may be seen later. */
function timeOf({ offset, times, before }: Part, begin: number): number | undefined {
  return before && begin < before.bytes ? before.at : timeAt(times, offset + begin);
}

function lineOf(part: Part, begin: number, end: number): LogLine {
  const { bytes, file, offset } = part;
  const line = bytes.subarray(begin, end);
  return {
    text: line.toString('utf8'),
    at: timeOf(part, begin),
    position: () => ({ file, offset: offset + end, line: hashOfLine(line) }),
  };
}
