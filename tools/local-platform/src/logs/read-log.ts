import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogCaps } from './log-caps.js';
import { LogFile } from './log-file.js';

/** A "line" of a service that prints no line ends is passed on in pieces of this size. */
const longestLine = 1024 * 1024;
const followMs = 100;

export interface Follow {
  /** Ends the reading. */
  signal: AbortSignal;
  /** True when nothing more will be written; what is there is still read. */
  isOver(): boolean;
}

export interface ReadOptions {
  /** Begins so many lines before the end. */
  tailLines?: number | undefined;
  /** Goes on with what is added, also when the file appears later or is replaced by a new one. */
  follow?: Follow | undefined;
  /** Whoever cuts the log meanwhile, where somebody does. */
  caps?: LogCaps | undefined;
}

/** The lines of a log, each with its line end, then, when it is followed, those that are added. A missing file is empty. */
export async function* readLog(file: string, options: ReadOptions = {}): AsyncGenerator<string> {
  yield* linesOf(chunksOf(file, options));
}

/** The last lines of a log. */
export async function readTail(file: string, lines: number): Promise<string[]> {
  const tail: string[] = [];
  for await (const line of readLog(file, { tailLines: lines })) tail.push(line);
  return tail;
}

async function* chunksOf(file: string, { tailLines, follow, caps }: ReadOptions): AsyncGenerator<Buffer> {
  const log = await LogFile.open(file, caps);
  if (follow) {
    await log?.goTo(tailLines);
    return yield* followed(file, log, follow, caps);
  }
  try {
    if (tailLines !== undefined) yield (await log?.tail(tailLines)) ?? Buffer.alloc(0);
    else if (log) yield* log.asItWas();
  } finally {
    await log?.close();
  }
}

async function* followed(
  file: string,
  first: LogFile | undefined,
  { signal, isOver }: Follow,
  caps: LogCaps | undefined,
): AsyncGenerator<Buffer> {
  let log = first;
  let wasOver = false;
  try {
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

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.write(chunk)).split(/(?<=\n)/);
    rest = lines.at(-1)?.endsWith('\n') ? '' : (lines.pop() ?? '');
    yield* lines;
    if (rest.length > longestLine) {
      yield rest;
      rest = '';
    }
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}
