import { open, stat, type FileHandle } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';

const chunkBytes = 64 * 1024;
/** A "line" of a service that prints no line ends is passed on in pieces of this size. */
const longestLine = 1024 * 1024;
const followMs = 100;
const lineEnd = '\n'.charCodeAt(0);

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

async function* chunksOf(file: string, { tailLines, follow }: ReadOptions): AsyncGenerator<Buffer> {
  let handle = await openIfThere(file);
  let position = handle && tailLines !== undefined ? await tailStart(handle, tailLines) : 0;
  let wasOver = follow === undefined;
  try {
    while (follow?.signal.aborted !== true) {
      const over = follow?.isOver() ?? true;
      const chunk = await handle?.read(Buffer.alloc(chunkBytes), 0, chunkBytes, position);
      if (chunk && chunk.bytesRead > 0) {
        position += chunk.bytesRead;
        yield chunk.buffer.subarray(0, chunk.bytesRead);
        continue;
      }
      const next = follow && (await replacement(file, handle));
      if (next) {
        await handle?.close();
        [handle, position] = [next, 0];
        continue;
      }
      if (wasOver) return;
      // Once more after the end: a last line may be on its way.
      wasOver = over;
      await delay(followMs, undefined, { signal: follow?.signal }).catch(() => undefined);
    }
  } finally {
    await handle?.close();
  }
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The file that bears the name now, when it is another than the one that is read. */
async function replacement(file: string, current: FileHandle | undefined): Promise<FileHandle | undefined> {
  const named = await stat(file).catch(() => undefined);
  if (named === undefined || (current && (await current.stat()).ino === named.ino)) return undefined;
  return openIfThere(file);
}

/** Where the last so many lines begin. Read from the end, so that it takes the same time in a log of any size. */
async function tailStart(handle: FileHandle, lines: number): Promise<number> {
  const { size } = await handle.stat();
  let missing = lines;
  for (let end = size; end > 0; end -= chunkBytes) {
    const begin = Math.max(0, end - chunkBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - begin), 0, end - begin, begin);
    for (let index = bytesRead - 1; index >= 0; index--) {
      // The line end at the end of the file ends the last line; it begins no other.
      const begins = buffer[index] === lineEnd && begin + index !== size - 1;
      if (begins && --missing === 0) return begin + index + 1;
    }
  }
  return 0;
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
