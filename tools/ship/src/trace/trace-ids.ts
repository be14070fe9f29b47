import { createHash } from 'node:crypto';
import type { RunName } from '../records/run-name.js';

/** The id of the trace of a run: the same whenever it is asked for, so that a trace can be exported later, or again. */
export function traceIdOf(run: string): string {
  return hash(run, 32);
}

/** @param path unique in the run: a span that is exported again has the same id */
export function spanIdOf(run: string, path: string): string {
  return hash(`${run}\n${path}`, 16);
}

/** The path of the span of a skill in the trace of a run. */
export function pathOfSkill(skill: string): string {
  return `skill ${skill}`;
}

/**
 * The headers that make what a service does for a run a part of its trace: https://www.w3.org/TR/trace-context/#traceparent-header
 * @returns none where the trace is not exported
 */
export function traceHeaders({ run, traced }: RunName, skill: string): Record<string, string> {
  if (!traced) return {};
  return { traceparent: `00-${traceIdOf(run)}-${spanIdOf(run, pathOfSkill(skill))}-01` };
}

function hash(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}
