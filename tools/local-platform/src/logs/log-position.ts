import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { blockBytes } from './cut-front.js';

/** A place in a log, between two lines, after which an interrupted reader continues. */
export interface LogPosition {
  /** The number of the file, which stays with it when it gets another name. */
  file: number;
  /** In bytes, when the line was read: the log may have been cut in front since. */
  offset: number;
  /** A short hash of the line before. */
  line: string;
}

const form = /^(\d{1,20})\.(\d{1,15})\.([0-9a-f]{12})$/;
const lineEnd = '\n'.charCodeAt(0);

/** A short hash of a line, with its line end. */
export function hashOfLine(line: Uint8Array): string {
  return createHash('sha256').update(line).digest('hex').slice(0, 12);
}

/** The places in the logs of several components, in one text: `web=<place>,worker=<place>`. */
export function formatPositions(positions: ReadonlyMap<string, LogPosition>): string {
  const places = [...positions].map(([component, { file, offset, line }]) => {
    return `${component}=${file}.${offset}.${line}`;
  });
  return places.join(',');
}

/** Invalid places are left out. */
export function parsePositions(text: string): Map<string, LogPosition> {
  const places = text.split(',').flatMap((one): [string, LogPosition][] => {
    const [component = '', place = ''] = one.split('=');
    const position = parsePosition(place);
    return position ? [[component, position]] : [];
  });
  return new Map(places);
}

function parsePosition(text: string): LogPosition | undefined {
  const [, file, offset, line] = form.exec(text) ?? [];
  if (file === undefined || offset === undefined || line === undefined) return undefined;
  return { file: Number(file), offset: Number(offset), line };
}

/**
 * Where that place is now: a log is cut by whole blocks, so it is that many bytes earlier. Undefined where the line was cut
 * away as well.
 */
export async function findPosition(
  handle: FileHandle,
  { offset, line }: LogPosition,
): Promise<number | undefined> {
  const { size } = await handle.stat();
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, 0);
  const text = buffer.subarray(0, bytesRead);
  for (let end = offset; end > 0; end -= blockBytes) {
    if (end <= text.length && hashOfLine(lineBefore(text, end)) === line) return end;
  }
  return undefined;
}

function lineBefore(text: Buffer, end: number): Buffer {
  const begin = end < 2 ? 0 : text.lastIndexOf(lineEnd, end - 2) + 1;
  return text.subarray(begin, end);
}
