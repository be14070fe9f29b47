import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../clocks.test.helper.js';
import { type CallKind, RateLimiter } from './limiter.js';

const minute = 60_000;
const hour = 3_600_000;

/** When the limiter admitted a call, and when the call arrived and was answered. */
interface Call {
  kind: CallKind;
  asked: number;
  sent: number;
  arrived: number;
}

/** Callers of a platform that takes so many milliseconds to receive a call, and as many again to answer it. */
class Callers {
  readonly calls: Call[] = [];

  constructor(
    readonly limiter: RateLimiter,
    readonly clock: ManualClock,
  ) {}

  send(count: number, kind: CallKind = 'read', latencyMs = 0): void {
    for (let index = 0; index < count; index += 1) void this.#send(kind, latencyMs);
  }

  async #send(kind: CallKind, latencyMs: number): Promise<void> {
    const asked = this.clock.now();
    const ended = await this.limiter.acquire(kind);
    const call: Call = { kind, asked, sent: this.clock.now(), arrived: this.clock.now() + latencyMs };
    this.calls.push(call);
    if (latencyMs > 0) await this.clock.sleep(2 * latencyMs);
    ended();
  }

  get sent(): number[] {
    return this.calls.map(({ sent }) => sent);
  }
}

function start(options: { perMinute?: number; perHour?: number } = {}) {
  const clock = new ManualClock();
  const limiter = new RateLimiter({ clock, ...options });
  return { clock, limiter, callers: new Callers(limiter, clock) };
}

/** The highest number of calls in any window of that length. */
function busiest(times: readonly number[], window: number): number {
  return Math.max(
    0,
    ...times.map((start) => times.filter((time) => time >= start && time < start + window).length),
  );
}

describe('the limiter', () => {
  it('lets 250 calls through at once and the next one after a minute', async () => {
    const { clock, callers } = start();
    const begin = clock.now();
    callers.send(251);
    await clock.turn(minute - 1);
    expect(callers.calls).toHaveLength(250);
    await clock.turn(1);
    expect(callers.sent.at(250)).toBe(begin + minute);
  });

  it('never lets more than 5,000 through in an hour', async () => {
    const { clock, callers } = start();
    callers.send(5_100);
    await clock.turn(hour - 1);
    expect(callers.calls).toHaveLength(5_000);
    await clock.turn(hour);
    expect(callers.calls).toHaveLength(5_100);
  });

  it('counts the minute from the end of a call: a slow one may have arrived as late as that', async () => {
    const { clock, callers } = start({ perMinute: 1 });
    const begin = clock.now();
    callers.send(1, 'read', 5_000);
    callers.send(1);
    await clock.turn(2 * minute);
    expect(callers.sent).toEqual([begin, begin + 10_000 + minute]);
  });

  it('holds its limits in every window of the platform, whenever calls come and however slow they are', async () => {
    const kinds = fc.constantFrom<CallKind>('write', 'read');
    const bursts = fc.array(fc.tuple(fc.nat(8), fc.nat(30_000), kinds, fc.nat(20_000)), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(bursts, async (bursts) => {
        const { clock, callers } = start({ perMinute: 5, perHour: 20 });
        for (const [count, pause, kind, latency] of bursts) {
          callers.send(count, kind, latency);
          await clock.turn(pause);
        }
        await clock.turn(20 * hour);
        const arrived = callers.calls.map((call) => call.arrived);
        expect(arrived).toHaveLength(bursts.reduce((sum, [count]) => sum + count, 0));
        expect(busiest(arrived, minute)).toBeLessThanOrEqual(5);
        expect(busiest(arrived, hour)).toBeLessThanOrEqual(20);
      }),
      { numRuns: 30 },
    );
  });

  it('is fair: of one kind first come, first served, and while both wait one of twenty is a read', async () => {
    const bursts = fc.array(fc.tuple(fc.nat(8), fc.nat(8), fc.nat(90_000)), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(bursts, async (bursts) => {
        const { clock, callers } = start({ perMinute: 3 });
        for (const [writes, reads, pause] of bursts) {
          callers.send(reads, 'read');
          callers.send(writes, 'write');
          await clock.turn(pause);
        }
        await clock.turn(2 * hour);
        for (const kind of ['write', 'read'] as const) {
          const asked = callers.calls.filter((call) => call.kind === kind).map((call) => call.asked);
          expect(asked).toEqual([...asked].sort((a, b) => a - b));
        }
        for (const [at, call] of callers.calls.entries()) {
          if (call.kind !== 'read') continue;
          const ahead = callers.calls.slice(0, at).filter((other) => other.sent >= call.asked);
          const reads = ahead.filter(({ kind, asked }) => kind === 'read' && asked <= call.asked).length;
          // At most nineteen writes come before it, and before each earlier read.
          expect(ahead.length - reads).toBeLessThanOrEqual(19 * (reads + 1));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('lets writes pass reads that wait', async () => {
    const { clock, callers } = start({ perMinute: 10 });
    callers.send(10, 'write');
    callers.send(5, 'read');
    callers.send(12, 'write');
    await clock.turn(minute);
    // After nineteen writes in a row, the next call is a read.
    const kinds = () => callers.calls.slice(10).map(({ kind }) => kind);
    expect(kinds()).toEqual([...Array<string>(9).fill('write'), 'read']);
    await clock.turn(minute);
    expect(kinds().slice(10)).toEqual(['write', 'write', 'write', 'read', 'read', 'read', 'read']);
  });

  it('lets an aborted caller go at once, and the next one takes its place', async () => {
    const { clock, limiter, callers } = start({ perMinute: 1 });
    callers.send(1);
    const controller = new AbortController();
    const aborted = limiter.acquire('read', controller.signal);
    callers.send(1);
    controller.abort(new Error('stopped'));
    await expect(aborted).rejects.toThrow('stopped');
    await clock.turn(minute);
    expect(callers.calls).toHaveLength(2);
  });

  it('waits for the reset when a reply says that nothing remains', async () => {
    const { clock, limiter, callers } = start();
    limiter.observe({ remaining: 0, resetAt: clock.now() + 5_000 });
    callers.send(1);
    await clock.turn(4_999);
    expect(callers.calls).toEqual([]);
    await clock.turn(1);
    expect(callers.calls).toHaveLength(1);
  });
});
