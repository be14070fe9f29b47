import type { Clock } from '@odoobo/machine/time';
import { callsAMinute } from '../client/limiter.js';

/** A deploy of a run, and those that must be live first. */
export interface Pending {
  skill: string;
  after?: readonly string[];
  earlier?: { skills: readonly string[] } | undefined;
}

/** How many times longer the pauses between reads of the list are while the writes need all calls. */
const thrift = 3;

/** The longest that a call waits for the writes of others, in milliseconds. */
const longestWaitMs = 180_000;

/**
 * The writes that a run has still to make. If they are more than the platform allows in a minute, each other call makes the run
 * longer: those that no other write waits for are left for later.
 */
export class PendingWrites {
  readonly #pending = new Set<string>();
  readonly #followers = new Map<string, string[]>();
  #areMany = false;
  readonly #spare = new AbortController();

  constructor(readonly clock: Clock) {}

  /** @param requests one write each, at most */
  expect(requests: readonly Pending[]): void {
    this.#areMany = requests.length > callsAMinute;
    for (const { skill, after = [], earlier } of requests) {
      this.#pending.add(skill);
      for (const other of [...after, ...(earlier?.skills ?? [])])
        this.#followers.set(other, [...(this.#followers.get(other) ?? []), skill]);
    }
  }

  /** A skill has made its write, or makes none. */
  settle(skill: string): void {
    this.#pending.delete(skill);
    if (this.#pending.size === 0) this.#spare.abort();
  }

  /** By what the pauses between reads are multiplied now. */
  get thrift(): number {
    return this.#needAllCalls ? thrift : 1;
  }

  get #needAllCalls(): boolean {
    return this.#areMany && this.#pending.size > 0;
  }

  /**
   * For a skill that has ended without being live, so that those which wait for it make no write either: resolves when the
   * writes need not all calls any more, at the latest after three minutes.
   * @throws the signal's reason
   */
  async leaveCalls(skill: string, signal: AbortSignal): Promise<void> {
    if (!this.#needAllCalls) return;
    this.#settleFollowers(skill);
    if (!this.#needAllCalls) return;
    const ends = AbortSignal.any([signal, this.#spare.signal]);
    await this.clock.sleep(longestWaitMs, ends).catch(() => signal.throwIfAborted());
  }

  #settleFollowers(skill: string): void {
    const followers = this.#followers.get(skill) ?? [];
    this.#followers.delete(skill);
    for (const one of followers) {
      this.settle(one);
      this.#settleFollowers(one);
    }
  }
}
