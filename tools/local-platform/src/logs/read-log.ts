import { open, type FileHandle } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';

const chunkBytes = 64 * 1024;
/** A "line" of a service that prints no line ends is passed on in pieces of this size. */
const longestLine = 1024 * 1024;
const followMs = 100;

export interface Follow {
  /** Ends the reading. */
  signal: AbortSignal;
  /** True when nothing more will be written; what is there is still read. */
  isOver(): boolean;
}

/** The lines of a log, each with its line end, then, when it is followed, those that are added. A missing file is empty. */
export async function* readLog(file: string, follow?: Follow): AsyncGenerator<string> {
  const handle = await openIfThere(file);
  if (handle === undefined) return;
  try {
    yield* linesOf(chunksOf(handle, follow));
  } finally {
    await handle.close();
  }
}

/** The last lines of a log. */
export async function readTail(file: string, lines: number): Promise<string[]> {
  const tail: string[] = [];
  for await (const line of readLog(file)) {
    tail.push(line);
    if (tail.length > lines) tail.shift();
  }
  return tail;
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function* chunksOf(handle: FileHandle, follow: Follow | undefined): AsyncGenerator<Buffer> {
  for (let position = 0; follow?.signal.aborted !== true;) {
    const over = follow?.isOver() ?? true;
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(chunkBytes), 0, chunkBytes, position);
    position += bytesRead;
    if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
    else if (over) return;
    else await delay(followMs, undefined, { signal: follow?.signal }).catch(() => undefined);
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
