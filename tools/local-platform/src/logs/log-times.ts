import type { Stats } from 'node:fs';
import { appendFile, readFile, rename, rm, stat } from 'node:fs/promises';
import { replaceUnsynced } from '../state/atomic-file.js';

/** A log had grown to `end` bytes at the time `at`, in milliseconds since 1970: when the last of them was written. */
export interface TimeMark {
  readonly end: number;
  readonly at: number;
}

/** More marks are not worth their memory: then every second one of the older half is dropped. */
const mostMarks = 16_384;

/**
 * When the lines of logs were written. Services write their logs without times, so the process that watches a log notes how far
 * it has come and when it was last written to, in `<log>.times` beside it. What has grown while none watched gets the time of
 * the last of it.
 */
export class LogTimes {
  readonly #logs = new Map<string, Promise<TimesOfLog>>();

  /** Notes how far a log has come. Call it repeatedly while the log grows. Undefined when it is not there. */
  async note(file: string, seen?: FoundLog): Promise<TimesOfLog | undefined> {
    const found = seen ?? (await stat(file).catch(() => undefined));
    if (!found) return undefined;
    const log = await this.#of(file, found);
    await log.note(found);
    return log;
  }

  /** A log gets another name, in place of the one that has it. Note the log first, rename it, then call this. */
  async renamed(from: string, to: string): Promise<void> {
    const log = this.#logs.get(from);
    this.#logs.delete(from);
    this.#logs.delete(to);
    if (log) this.#logs.set(to, log);
    await (await log)?.moveTo(to);
  }

  /** A log was cut: everything in it has moved forward by this many bytes. */
  async cut(file: string, shift: number): Promise<void> {
    await (await this.#logs.get(file))?.cut(shift);
  }

  async #of(file: string, found: FoundLog): Promise<TimesOfLog> {
    const known = this.#logs.get(file);
    if (known && (await known).id === found.ino) return known;
    if (this.#logs.get(file) === known) this.#logs.set(file, TimesOfLog.open(file, found));
    return this.#of(file, found);
  }
}

/** The file system's data about a log. */
type FoundLog = Pick<Stats, 'ino' | 'size' | 'mtimeMs'>;

/** The times of one log, whatever name it gets. */
export class TimesOfLog {
  #changed: Promise<void> = Promise.resolve();
  #unwritten = '';

  private constructor(
    private log: string,
    /** The number of the log's file. */
    readonly id: number,
    private marks: TimeMark[],
  ) {}

  /** With what was noted earlier, by this process or another. */
  static async open(log: string, { ino, size }: FoundLog): Promise<TimesOfLog> {
    const text = await readFile(timesFile(log), 'utf8').catch(() => '');
    const [first, ...lines] = text.split('\n');
    const marks = first === String(ino) ? parseMarks(lines) : [];
    // The process that cut it died before it noted the cut: the places are unknown then.
    const isCut = (marks.at(-1)?.end ?? 0) > size;
    return new TimesOfLog(log, ino, isCut ? [] : marks);
  }

  /** How much of the log was seen, in bytes. */
  get end(): number {
    return this.marks.at(-1)?.end ?? 0;
  }

  note({ size, mtimeMs }: FoundLog): Promise<void> {
    if (size <= this.end) return this.#changed;
    const at = Math.min(Date.now(), Math.max(Math.round(mtimeMs), this.marks.at(-1)?.at ?? 0));
    this.marks.push({ end: size, at });
    if (this.marks.length === 1) return this.#replace(this.marks);
    if (this.marks.length > mostMarks) return this.#replace(thinned(this.marks));
    this.#unwritten += `${size} ${at}\n`;
    return this.#write(async (file) => {
      const text = this.#unwritten;
      this.#unwritten = '';
      if (text !== '') await appendFile(file, text);
    });
  }

  /** The marks for the bytes from `begin` to `end`. */
  between(begin: number, end: number): readonly TimeMark[] {
    const from = firstBeyond(this.marks, begin);
    return this.marks.slice(from, firstBeyond(this.marks, end - 1) + 1);
  }

  cut(shift: number): Promise<void> {
    if (shift === 0) return this.#changed;
    const left = this.marks.map(({ end, at }) => ({ end: end - shift, at })).filter(({ end }) => end > 0);
    return this.#replace(left);
  }

  moveTo(log: string): Promise<void> {
    return this.#write(async (before) => {
      this.log = log;
      await rename(before, timesFile(log)).catch(() => rm(timesFile(log), { force: true }));
    });
  }

  #replace(marks: TimeMark[]): Promise<void> {
    this.marks = marks;
    return this.#write(async (file) => {
      this.#unwritten = '';
      const lines = [String(this.id), ...this.marks.map(({ end, at }) => `${end} ${at}`), ''];
      await replaceUnsynced(file, lines.join('\n'));
    });
  }

  /** One after the other. On a full disk the times are known for as long as this process lives. */
  #write(write: (file: string) => Promise<void>): Promise<void> {
    return (this.#changed = this.#changed.then(() => write(timesFile(this.log))).catch(() => undefined));
  }
}

/** When the byte at an offset was written, by marks in the order of the log. Undefined where they do not reach it. */
export function timeAt(marks: readonly TimeMark[], offset: number): number | undefined {
  return marks[firstBeyond(marks, offset)]?.at;
}

function timesFile(log: string): string {
  return `${log}.times`;
}

/** The marks that are in order; an unfinished last line does not count. */
function parseMarks(lines: readonly string[]): TimeMark[] {
  const marks: TimeMark[] = [];
  for (const line of lines.slice(0, -1)) {
    const [end = NaN, at = NaN] = line.split(' ').map(Number);
    if (end > (marks.at(-1)?.end ?? 0) && at > 0) marks.push({ end, at });
  }
  return marks;
}

function thinned(marks: readonly TimeMark[]): TimeMark[] {
  const half = marks.length / 2;
  return marks.filter((_, index) => index >= half || index % 2 === 1);
}

/** The first mark that lies beyond an offset, by its index. */
function firstBeyond(marks: readonly TimeMark[], offset: number): number {
  let [low, high] = [0, marks.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((marks[middle]?.end ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}
