import type { Redactor } from '@odoobo/app-platform/spec';
import type { LogLine } from '../logs/read-log.js';
import { withTime } from '../logs/with-time.js';

/** A line as App Platform gives it: `component timestamp text`. */
export interface StampedLine {
  text: string;
  /** The line as it was read; undefined for a part of a line whose end is not there yet. */
  line: LogLine | undefined;
}

/** The lines of a component's log without secrets, each with its component and the time at which it was written. */
export async function* stamped(
  component: string,
  lines: AsyncIterable<LogLine>,
  redact: Redactor,
): AsyncGenerator<StampedLine> {
  const read: LogLine[] = [];
  let at: number | undefined;
  // What goes through a redactor comes out later, with as many line ends: each line that comes out is the first of those.
  const texts = async function* () {
    for await (const line of lines) {
      if (line.text.endsWith('\n')) read.push(line);
      else at = line.at;
      yield line.text;
    }
  };
  for await (const text of redact.stream(texts())) {
    for (const one of text.split(/(?<=\n)/)) {
      const from = read[0]?.at ?? at ?? Date.now();
      const line = one.endsWith('\n') ? read.shift() : undefined;
      yield { text: `${component} ${withTime(one, from)}`, line };
    }
  }
}
