import type { Redactor } from '@odoobo/app-platform/spec';
import type { LogLine } from '../logs/read-log.js';
import { withTime } from '../logs/with-time.js';

/** A line as App Platform gives it: `component timestamp text`. */
export interface StampedLine {
  text: string;
  /** Its timestamp, in ISO format. */
  time: string;
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
      const timed = withTime(one, from);
      yield { text: `${component} ${timed}`, time: timed.slice(0, timed.indexOf(' ')), line };
    }
  }
}

/** The lines of several logs as one, in the order of their times; those of one log keep their order. */
export async function* inOrderOfTime(
  logs: readonly AsyncGenerator<StampedLine>[],
): AsyncGenerator<StampedLine> {
  const next = async (log: AsyncGenerator<StampedLine>) => {
    const { value, done } = await log.next();
    return done ? [] : [{ log, line: value }];
  };
  try {
    let heads = (await Promise.all(logs.map(next))).flat();
    while (heads.length > 0) {
      const first = heads.reduce((one, other) => (other.line.time < one.line.time ? other : one));
      yield first.line;
      const after = await next(first.log);
      heads = heads.flatMap((head) => (head === first ? after : [head]));
    }
  } finally {
    await Promise.all(logs.map((log) => log.return(undefined)));
  }
}
