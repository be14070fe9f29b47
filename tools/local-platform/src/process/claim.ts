import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, readFile, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { identify, isAlive, type ProcessIdentity } from './identity.js';

const claimLine = z.object({ id: z.string(), pid: z.number(), startTime: z.string(), bootId: z.string() });
const releaseLine = z.object({ released: z.string() });
const line = z.union([claimLine, releaseLine]);

type Claim = z.infer<typeof claimLine>;

export interface ClaimOptions {
  /** Gives up the wait; `claim` then rejects with its reason. */
  signal?: AbortSignal;
  /** Called with the holder when there is a wait, and again whenever the holder changes. */
  onWait?: (holder: ProcessIdentity) => void;
}

/**
 * Waits until this process holds `file`: one holder at a time on this machine, first come, first served; two
 * claims of one process exclude each other too.
 *
 * The file is a queue: a line a claim, appended, and a line a release. The first claim that is neither released
 * nor of a dead process holds. So nothing goes stale: who dies loses its claim at that moment, and who is
 * merely paused keeps it.
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
  let told: string | undefined;
  for (;;) {
    const ahead = await claimsAhead(file, own);
    const holder = ahead[0];
    if (!holder) return;
    if (holder.id !== told) onWait?.({ pid: holder.pid, startTime: holder.startTime, bootId: holder.bootId });
    told = holder.id;
    await delay(pollMs(ahead.length, performance.now() - since), undefined, signal && { signal });
  }
}

/** The next in line looks often, the others seldom, and everyone less often the longer the wait. */
function pollMs(ahead: number, waitedMs: number): number {
  return Math.min(100, (ahead === 1 ? 4 : 20) + waitedMs / 50);
}

/** Living claims before our own. Appends our own where it is missing: at first, and after a holder emptied the file. */
async function claimsAhead(file: string, own: Claim): Promise<Claim[]> {
  for (;;) {
    const queue = await readQueue(file);
    const place = queue.findIndex(({ id }) => id === own.id);
    if (place >= 0) return withoutDeadFront(queue.slice(0, place));
    await append(file, own);
  }
}

/** Only the front decides who holds, so the search for a living process stops there. */
async function withoutDeadFront(queue: Claim[]): Promise<Claim[]> {
  for (const [index, claimed] of queue.entries()) {
    if (await isAlive(claimed)) return queue.slice(index);
  }
  return [];
}

/** Claims not released, in order. A line that does not parse was torn by a crash and is nobody's. */
async function readQueue(file: string): Promise<Claim[]> {
  const queue = new Map<string, Claim>();
  for (const text of (await readText(file)).split('\n')) {
    const entry = parse(text);
    if (entry && 'released' in entry) queue.delete(entry.released);
    else if (entry) queue.set(entry.id, entry);
  }
  return [...queue.values()];
}

function parse(text: string): z.infer<typeof line> | undefined {
  try {
    return line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/**
 * The last one out empties the file, so it does not grow for ever. Only the holder may: until it has, everyone
 * else still sees it hold, and a claim appended in that instant is missed by its owner and appended again.
 */
async function leave(file: string, own: Claim): Promise<void> {
  const queue = await readQueue(file);
  const others = await withoutDeadFront(queue.filter(({ id }) => id !== own.id));
  if (others.length > 0) await append(file, { released: own.id });
  else if (queue.length > 0) await truncate(file);
}

/** The newline in front keeps the line apart from what a crash may have torn before it. */
async function append(file: string, entry: z.infer<typeof line>): Promise<void> {
  await appendFile(file, `\n${JSON.stringify(entry)}\n`, { mode: 0o600 });
}

async function identifySelf(): Promise<ProcessIdentity> {
  const identity = await identify(process.pid);
  if (!identity) throw new Error(`Could not read the start time of this process (${process.pid}).`);
  return identity;
}
