import { expect, it } from 'vitest';
import { barOf } from './waterfall.js';

const at = (seconds: number) => new Date(Date.parse('2026-01-31T12:00:00Z') + seconds * 1000).toISOString();
const step = (from?: number, to?: number) => ({
  ...(from !== undefined && { started_at: at(from) }),
  ...(to !== undefined && { ended_at: at(to) }),
});

function deployment(phase: 'ACTIVE' | 'DEPLOYING', ...steps: ReturnType<typeof step>[]) {
  const named = steps.map((one, index) => ({ name: `step-${index}`, ...one }));
  return { id: 'd', phase, created_at: at(0), progress: { steps: named } };
}

it('places each step between the beginning and the end of its deployment', () => {
  const live = deployment('ACTIVE', step(0, 2), step(2, 10));
  expect(barOf(step(0, 2), live)).toEqual({ start: 0, width: 20 });
  expect(barOf(step(2, 10), live)).toEqual({ start: 20, width: 80 });
  expect(barOf(step(5, 5), live)).toEqual({ start: 50, width: 0.5 });
});

it('lets a step that runs end now, and has none for a step that has not begun', () => {
  const busy = deployment('DEPLOYING', step(0, 2), step(2));
  const now = Date.parse(at(8));
  expect(barOf(step(2), busy, now)).toEqual({ start: 25, width: 75 });
  expect(barOf(step(), busy, now)).toBeUndefined();
});

it('never leaves the axis, whatever the clocks say', () => {
  const live = deployment('ACTIVE', step(0, 10));
  expect(barOf(step(-5, 20), live)).toEqual({ start: 0, width: 100 });
  expect(barOf(step(30, 20), live)).toEqual({ start: 99.5, width: 0.5 });
});
