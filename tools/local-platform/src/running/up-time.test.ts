import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { UpTime } from './up-time.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Whether it has been reached, looked at after each step. */
function watch(upTime: UpTime, ms: number): { reached: boolean } {
  const seen = { reached: false };
  void upTime.reaches(ms).then(() => (seen.reached = true));
  return seen;
}

it('is reached after that long a time up', async () => {
  const upTime = new UpTime();
  upTime.up();
  const [short, long] = [watch(upTime, 1000), watch(upTime, 3000)];
  await vi.advanceTimersByTimeAsync(999);
  expect(short.reached).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect([short.reached, long.reached]).toEqual([true, false]);
  await vi.advanceTimersByTimeAsync(2000);
  expect(long.reached).toBe(true);
});

it('restarts its count after each interruption, and does not count during it', async () => {
  const upTime = new UpTime();
  const seen = watch(upTime, 1000);
  for (let breaks = 0; breaks < 3; breaks++) {
    upTime.up();
    await vi.advanceTimersByTimeAsync(900);
    upTime.down();
    await vi.advanceTimersByTimeAsync(5000);
  }
  upTime.up();
  await vi.advanceTimersByTimeAsync(900);
  // It was up already.
  upTime.up();
  expect(seen.reached).toBe(false);
  await vi.advanceTimersByTimeAsync(100);
  expect(seen.reached).toBe(true);
});

it('releases its waiters when it ends', async () => {
  const upTime = new UpTime();
  const before = watch(upTime, 1000);
  upTime.end();
  const after = watch(upTime, 1000);
  await vi.advanceTimersByTimeAsync(0);
  expect([before.reached, after.reached]).toEqual([true, true]);
  expect(vi.getTimerCount()).toBe(0);
});
