import { describeRecord } from '../records/describe-record.js';
import { Journal } from '../records/journal.js';
import { parseRecord } from '../records/record.js';
import { printable } from '../terminal/printable.js';
import type { MonitorEvent } from './report.js';

const shownEvents = 8;

/** Bytes to read from the end of the journal: more events than are shown. */
const tailBytes = 64 * 1024;

/** Events of progress, which the table itself shows. */
const passing = new Set<string>(['progress', 'waiting', 'verifying', 'smoke-testing']);

/** The last events on a platform, oldest first, from the journal of this workspace. */
export function lastEvents(journalPath: string, environment: string): MonitorEvent[] {
  const lines = new Journal(journalPath).readLast(tailBytes);
  const events: MonitorEvent[] = [];
  for (const line of lines.reverse()) {
    const event = eventOn(line, environment);
    if (event) events.unshift(event);
    if (events.length === shownEvents) break;
  }
  return events;
}

function eventOn(line: string, environment: string): MonitorEvent | undefined {
  const record = parseRecord(line);
  if (!record || !('skill' in record) || passing.has(record.type)) return undefined;
  // Records about git have no environment.
  if ('environment' in record && (record.environment ?? environment) !== environment) return undefined;
  const [first = ''] = describeRecord(record).split('\n');
  return { at: record.at, skill: record.skill, text: printable(first) };
}
