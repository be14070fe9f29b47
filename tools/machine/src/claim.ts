import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, open, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isAlive, type ProcessIdentity } from './process.js';

interface Claim extends ProcessIdentity {
  id: string;
}

type Entry = Claim | { released: string };

export interface ClaimOptions {
  /** Stops waiting; `claim` then rejects with its reason. */
  signal?: AbortSignal;
  /** Called with the holder if the claim has to wait, and again whenever the holder changes. */
  onWait?: (holder: ProcessIdentity) => void;
}

/**
 * Waits until this process holds `file`: one holder at a time on this machine, first come, first served; two claims of
 * one process exclude each other too.
 *
 * The file is a queue: each claim and each release appends a line. The first claim that is not released and whose
 * process is alive holds. So no claim goes stale: a process that dies loses its claim at once, and one that is merely
 * paused keeps it.
 */
export async function claim(file: string, options: ClaimOptions = {}): Promise<{ release(): Promise<void> }> {
  options.signal?.throwIfAborted();
  await mkdir(dirname(file), { recursive: true });
  const own: Claim = { id: randomUUID(), ...(await identifySelf()) };
  try {
    await turn(file, own, options);
  } catch (error) {
    await leave(file, own);
    options.signal?.throwIfAborted();
    throw error;
  }
  let left: Promise<void> | undefined;
  return { release: () => (left ??= leave(file, own)) };
}

async function turn(file: string, own: Claim, { signal, onWait }: ClaimOptions): Promise<void> {
  const since = performance.now();
  let place = await takePlace(file, own);
  let reported: string | undefined;
  for (;;) {
    const ahead = await claimsAhead(file, place);
    const holder = ahead?.[0];
    if (ahead && !holder) return;
    if (holder && holder.id !== reported) onWait?.(toIdentity(holder));
    reported = holder?.id;
    await delay(pollMs(ahead?.length ?? 0, performance.now() - since), undefined, signal && { signal });
    place = ahead ? { ...place, ahead } : await takePlace(file, own);
  }
}

/** The next in line checks often, the others seldom; all of them check less often the longer they wait. */
function pollMs(ahead: number, waitedMs: number): number {
  return Math.min(100, ahead * 4 + waitedMs / 100);
}

/** A claim's line in the file, and the claims before it that may still hold. */
interface Place {
  line: string;
  offset: number;
  ahead: Claim[];
}

/** The process that holds `file` now; undefined if none does. It writes nothing, so it works on a full disk. */
export async function holderOfClaim(file: string): Promise<ProcessIdentity | undefined> {
  const [holder] = await withoutDeadFront(toQueue(await readFrom(file, 0)));
  return holder && toIdentity(holder);
}

async function takePlace(file: string, own: Claim): Promise<Place> {
  const line = toLine(own);
  for (;;) {
    const text = await readFrom(file, 0);
    const offset = text.indexOf(line);
    if (offset >= 0) return { line, offset, ahead: toQueue(text.slice(0, offset)) };
    await append(file, line);
  }
}

/** Undefined if the line no longer exists: a holder emptied the file just as the line was appended. */
async function claimsAhead(file: string, { line, offset, ahead }: Place): Promise<Claim[] | undefined> {
  const text = await readFrom(file, offset);
  if (!text.startsWith(line)) return undefined;
  const released = new Set(toEntries(text).map((entry) => 'released' in entry && entry.released));
  return withoutDeadFront(ahead.filter(({ id }) => !released.has(id)));
}

/** Only the front of the queue decides who holds, so the search for a living process stops there. */
async function withoutDeadFront(queue: Claim[]): Promise<Claim[]> {
  for (const [index, claimed] of queue.entries()) {
    if (await isAlive(claimed)) return queue.slice(index);
  }
  return [];
}

/**
 * The last process to leave empties the file, so that it does not grow for ever. Only the holder may do so: until then
 * all others still see it hold, and a claim appended in that instant is missed by its owner and appended again.
 */
async function leave(file: string, own: Claim): Promise<void> {
  const queue = toQueue(await readFrom(file, 0));
  const others = queue.filter(({ id }) => id !== own.id);
  if (others.length === queue.length) return;
  if ((await withoutDeadFront(others)).length === 0) return truncate(file);
  // If the file cannot be written, as on a full disk, the claim ends with this process.
  await append(file, toLine({ released: own.id })).catch(() => undefined);
}

/** Claims not released, in order. */
function toQueue(text: string): Claim[] {
  const queue = new Map<string, Claim>();
  for (const entry of toEntries(text)) {
    if ('released' in entry) queue.delete(entry.released);
    else queue.set(entry.id, entry);
  }
  return [...queue.values()];
}

/** A line that does not parse was cut off by a crash: it is no one's claim. */
function toEntries(text: string): Entry[] {
  return (text.match(/.+/g) ?? []).flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return isEntry(value) ? [value] : [];
    } catch {
      return [];
    }
  });
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Partial<Record<string, unknown>> = { ...value };
  if (typeof fields['released'] === 'string') return true;
  const { id, pid, startTime, bootId } = fields;
  return typeof pid === 'number' && [id, startTime, bootId].every((field) => typeof field === 'string');
}

/** The leading newline separates the line from an incomplete line that a crash may have left before it. */
function toLine(entry: Entry): string {
  return `\n${JSON.stringify(entry)}\n`;
}

async function append(file: string, line: string): Promise<void> {
  await appendFile(file, line, { mode: 0o600 }).catch((cause: unknown) => {
    throw new Error(`Could not write ${file}. Check the free space and the permissions there.`, { cause });
  });
}

async function readFrom(file: string, offset: number): Promise<string> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (!handle) return '';
  try {
    const length = Math.max(0, (await handle.stat()).size - offset);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

function toIdentity({ pid, startTime, bootId }: Claim): ProcessIdentity {
  return { pid, startTime, bootId };
}

async function identifySelf(): Promise<ProcessIdentity> {
  const identity = await identify(process.pid);
  if (!identity) throw new Error(`Could not read the start time of this process (${process.pid}).`);
  return identity;
}
