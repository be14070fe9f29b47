import { describe, expect, it } from 'vitest';
import { ManualClock } from '../clocks.test.helper.js';
import { PendingWrites } from './pending-writes.js';

const { signal } = new AbortController();

/** Whether a skill that has failed may be asked why, after some time. */
function asking(writes: PendingWrites, skill: string): { may: boolean } {
  const asked = { may: false };
  void writes.leaveCalls(skill, signal).then(() => (asked.may = true));
  return asked;
}

function skills(count: number): { skill: string }[] {
  return Array.from({ length: count }, (_, index) => ({ skill: `skill-${index}` }));
}

describe('calls that no write waits for', () => {
  it('are made at once in a run that a minute has room for', async () => {
    const clock = new ManualClock();
    const writes = new PendingWrites(clock);
    writes.expect(skills(250));
    const asked = asking(writes, 'skill-0');
    await clock.turn(1);
    expect([asked.may, writes.thrift]).toEqual([true, 1]);
  });

  it('wait in a larger run for the last write, at most three minutes', async () => {
    const clock = new ManualClock();
    const writes = new PendingWrites(clock);
    writes.expect(skills(251));
    const asked = asking(writes, 'skill-0');
    await clock.turn(179_000);
    expect([asked.may, writes.thrift]).toEqual([false, 3]);
    await clock.turn(2_000);
    expect(asked.may).toBe(true);
    const later = asking(writes, 'skill-1');
    for (const { skill } of skills(251)) writes.settle(skill);
    await clock.turn(1);
    expect([later.may, writes.thrift]).toEqual([true, 1]);
  });

  it('do not wait for those that will not be written because of the same failure', async () => {
    const clock = new ManualClock();
    const writes = new PendingWrites(clock);
    const [first, ...rest] = skills(300);
    writes.expect([
      { skill: 'skill-0' },
      { skill: 'next', earlier: { skills: ['skill-0'] } },
      { skill: 'after it', after: ['next'] },
      ...rest,
    ]);
    for (const { skill } of [...rest, first ?? { skill: '' }]) writes.settle(skill);
    const asked = asking(writes, 'skill-0');
    await clock.turn(1);
    expect(asked.may).toBe(true);
  });
});
