import { formatLatency } from '../../terminal/format.js';
import { ask, type Finding, type Stage, statusProblems, type Subject } from './stage.js';

const samples = 10;

/** Each reply of the health path arrives within the limit, one request after another. */
export const responseTime: Stage = { name: 'response time', test: testResponseTime };

async function testResponseTime(subject: Subject): Promise<Finding> {
  const { manifest, options } = subject;
  const question = { path: manifest.healthPath, withinMs: options.maxResponseMs };
  const times: number[] = [];
  const problems: string[] = [];
  while (times.length < samples && problems.length === 0) {
    try {
      const reply = await ask(subject, question);
      problems.push(...statusProblems(reply, 200));
      times.push(reply.milliseconds);
    } catch (error) {
      problems.push(`${(error as Error).message} (${times.length + 1} of ${samples})`);
    }
  }
  return { ...summary(times), problems };
}

function summary(times: readonly number[]): Pick<Finding, 'detail' | 'measures'> {
  if (times.length === 0) return { detail: 'no answer' };
  const [p50, p95] = [percentile(times, 50), percentile(times, 95)];
  return {
    detail: `p50 ${formatLatency(p50)}, p95 ${formatLatency(p95)}`,
    measures: { samples: times.length, p50Ms: Number(p50.toFixed(1)), p95Ms: Number(p95.toFixed(1)) },
  };
}

/** The smallest value that is at least as large as the given percentage of values (nearest rank). */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN;
}
