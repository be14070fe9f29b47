import { callSkill } from '@odoobo/skill-kit/testing';
import { describe, expect, it } from 'vitest';
import { skill } from './skill.js';
import { Turns } from './turns.js';

/** Work that ends when the test says so. */
function work() {
  let end = () => {};
  let started = false;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const run = async () => {
    started = true;
    await ended;
  };
  return { run, end: () => end(), hasStarted: () => started };
}

const never = new AbortController().signal;

/** Until every promise that is ready has gone on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('run together up to their size, then in order', async () => {
    const turns = new Turns(10, 100);
    const [first, second, large, small] = [work(), work(), work(), work()];
    const all = [
      turns.take(4, never, first.run),
      turns.take(6, never, second.run),
      turns.take(50, never, large.run),
      turns.take(1, never, small.run),
    ];
    const started = async () => {
      await settled();
      return [first, second, large, small].map(({ hasStarted }) => hasStarted());
    };
    expect(await started()).toEqual([true, true, false, false]);
    first.end();
    expect(await started()).toEqual([true, true, false, false]);
    second.end();
    expect(await started()).toEqual([true, true, true, false]);
    large.end();
    expect(await started()).toEqual([true, true, true, true]);
    small.end();
    await Promise.all(all);
  });

  it('are refused when too much is waiting', async () => {
    const turns = new Turns(10, 20);
    const first = work();
    const all = [turns.take(10, never, first.run), turns.take(20, never, async () => {})];
    await expect(turns.take(1, never, async () => {})).rejects.toMatchObject({ status: 503, code: 'busy' });
    first.end();
    await Promise.all(all);
    await turns.take(20, never, async () => {});
  });

  it('are given up by callers who went away, and passed on after failures', async () => {
    const turns = new Turns(10, 100);
    const first = work();
    const gone = new AbortController();
    const failing = turns.take(10, never, async () => {
      await first.run();
      throw new Error('broken');
    });
    const waiting = turns.take(10, gone.signal, async () => 'done');
    const last = turns.take(10, never, async () => 'done');
    gone.abort(new Error('went away'));
    await expect(waiting).rejects.toThrow('went away');
    first.end();
    await expect(failing).rejects.toThrow('broken');
    expect(await last).toBe('done');
  });
});

if (process.env['NIGHTLY']) {
  it('many large diffs at once are reviewed one after the other, and refused beyond a limit', async () => {
    const line = `+${'a'.repeat(99)}\n`;
    const diff = `--- a/x.txt\n+++ b/x.txt\n@@ -0,0 +1,70000 @@\n${line.repeat(70_000)}`;
    // On a busy machine the last one waits long for its turn.
    const patient = { ...skill, timeoutMs: 55_000 };
    const answers = await Promise.all(Array.from({ length: 7 }, () => callSkill(patient, { diff })));
    const outcomes = answers.map(({ status, error }) => error?.code ?? status).sort();
    expect(outcomes).toEqual([200, 200, 200, 200, 200, 'busy', 'busy']);
  });
}
