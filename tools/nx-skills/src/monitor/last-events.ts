import { describeRecord } from '../records/describe-record.js';
import { Journal } from '../records/journal.js';
import { parseRecord } from '../records/record.js';
import { printable } from '../terminal/printable.js';
import type { MonitorEvent } from './report.js';

const shownEvents = 8;

/** So much of the end of a journal holds more events than are shown, in bytes. */
const tailBytes = 64 * 1024;

/** What only passes: the table itself tells the steps of a deployment. */
const passing = new Set<string>(['progress', 'waiting', 'verifying', 'smoke-testing']);

/** The last things that happened on a platform, oldest first, as the journal of this workspace tells them. */
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
  // What is about git has none.
  if ('environment' in record && (record.environment ?? environment) !== environment) return undefined;
  const [first = ''] = describeRecord(record).split('\n');
  return { at: record.at, skill: record.skill, text: printable(first) };
}
