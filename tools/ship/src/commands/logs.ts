import { plainText } from '@odoobo/app-platform';
import { startDeadline, systemClock } from '@odoobo/machine/time';
import { followLogs } from '../logs/follow-logs.js';
import type { LogsOptions } from '../logs/options.js';
import { readLogs } from '../logs/read-logs.js';
import type { SkillPlace } from '../manifest/skill-place.js';
import { onlyPlace } from '../placement/place-skills.js';

/** The longest time for the platform's answer, in milliseconds. */
const deadlineMs = 60_000;

/**
 * Shows a log of a skill.
 * @throws when it has several apps, and the options do not name one
 */
export async function showLogs(skill: SkillPlace, options: LogsOptions): Promise<void> {
  const place = await onlyPlace(skill, options);
  await (options.follow ? showAsItGrows : showTail)(place, options);
}

async function showTail(place: SkillPlace, options: LogsOptions): Promise<void> {
  const deadline = startDeadline(systemClock, deadlineMs);
  try {
    process.stdout.write(shown(await readLogs(place, options, process.env, deadline.signal), options));
  } finally {
    deadline.clear();
  }
}

/** Without a deadline: Ctrl-C ends it, and that is not a failure. */
async function showAsItGrows(place: SkillPlace, options: LogsOptions): Promise<void> {
  const interrupted = new AbortController();
  const stop = () => interrupted.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    for await (const said of followLogs(place, options, process.env, interrupted.signal)) {
      if ('text' in said) await print(process.stdout, shown(said.text, options));
      else await print(process.stderr, `${said.notice}\n`);
    }
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

function shown(text: string, { raw }: LogsOptions): string {
  return raw ? text : plainText(text);
}

/** Resolves when the text is written: a slow terminal must slow down the reading, not fill the memory. */
function print(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
