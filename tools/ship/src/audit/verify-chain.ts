import { type Chained, hashOfChained, linkOf, parsed } from '../records/chain.js';

/** A line of a journal, and where it is. */
export interface JournalLine {
  /** The file, as a person finds it. */
  file: string;
  /** The first line is 1. */
  number: number;
  text: string;
  /** Nothing is after it in its file but the end of the line. */
  isLast?: boolean;
}

/** Something that was done to the journal after it was written. */
export interface Finding {
  problem: 'changed' | 'removed' | 'moved' | 'inserted' | 'begun anew' | 'cut' | 'not anchored';
  /** Which entry, and what is wrong with it, in a sentence. */
  message: string;
}

/** An entry of the chain that is as it was written. */
export interface Entry {
  line: JournalLine;
  at: string | undefined;
  /** The hashes of the entries that it continues. */
  prev: string[];
  hash: string;
}

export interface VerifiedChain {
  findings: Finding[];
  /** The entries that are part of the chain and intact, by hash, oldest first. */
  entries: ReadonlyMap<string, Entry>;
  /** The hashes that entries had before they were changed. */
  changed: ReadonlySet<string>;
  /** Entries of earlier versions, before the chain. */
  before: number;
  /** Lines that a crash has left incomplete. */
  torn: number;
  /** An entry that was there is missing, or cannot be read any more. */
  lost: boolean;
  /** The first entry continues entries that are not here: older ones are deleted. */
  continues: boolean;
}

/** An entry as it was read: `hash` is the one that it has. */
interface Read extends Entry {
  /** The hash that it says it has. */
  claimed: string;
}

/**
 * Verifies that a journal is as it was written: entry for entry, nothing changed, removed, moved or inserted. Only an
 * anchor shows that its end, or all of it, was replaced.
 * @param lines of all its files, oldest first
 */
export function verifyChain(lines: readonly JournalLine[]): VerifiedChain {
  const read = lines.map((line) => ({ line, entry: readEntry(line) }));
  const chain = new Chain(new Map(read.flatMap(({ entry }) => (entry ? [[entry.hash, entry]] : []))));
  for (const { line, entry } of read) chain.add(line, entry);
  return chain;
}

class Chain implements VerifiedChain {
  readonly findings: Finding[] = [];
  readonly entries = new Map<string, Entry>();
  readonly changed = new Set<string>();
  before = 0;
  torn = 0;
  lost = false;
  continues = false;
  /** The order of the entries so far, by the hashes that others may name. */
  readonly #known = new Map<string, number>();
  /** Entries that no other has continued yet. */
  #tips = new Map<string, Read>();
  /** Entries that another one continues. */
  readonly #continued: ReadonlySet<string>;
  /** Hashes of deleted entries that the first ones continue. */
  readonly #deleted = new Set<string>();
  /** Whether an entry has continued another one: from then on, none may begin. */
  #hasBegun = false;
  /** Since the last entry: lines that are none. */
  #unreadable: JournalLine[] = [];
  /** One of them was an entry. */
  #isReported = false;
  #count = 0;

  /** @param all the entries of the whole journal, by hash */
  constructor(private readonly all: ReadonlyMap<string, Read>) {
    this.#continued = new Set([...all.values()].flatMap(({ prev }) => prev));
  }

  add(line: JournalLine, entry: Read | undefined): void {
    if (entry) {
      const isAsWritten = entry.hash === entry.claimed && JSON.stringify(parsed(line.text)) === line.text;
      if (isAsWritten) this.#continue(entry);
      else this.#changed(entry);
    } else if (parsed(line.text) === undefined) this.#unread(line);
    else this.#unchained(line);
  }

  /** A crash leaves an incomplete line. Whether it was an entry shows its own end, or the next one. */
  #unread(line: JournalLine): void {
    this.#unreadable.push(line);
    if (!hasItsEnd(line)) this.torn += 1;
    else {
      this.#isReported = true;
      this.#findUnreadable(line, 'it is no entry any more.');
    }
  }

  #findUnreadable(line: JournalLine, why: string): void {
    this.lost = true;
    this.#find('changed', `${placeOf(line)} was changed: ${why}`);
  }

  #unchained(line: JournalLine): void {
    if (this.#count === 0) {
      this.before += 1;
      this.#unreadable.push(line);
    } else
      this.#find(
        'inserted',
        `${placeOf(line)} is not part of the chain: it was inserted or changed, or an earlier version of the tools has written it.`,
      );
  }

  #changed(entry: Read): void {
    this.#find('changed', `${nameOf(entry)} was changed after it was written.`);
    // If the hash itself was changed, the other one is what it was.
    for (const hash of [entry.hash, entry.claimed]) {
      this.changed.add(hash);
      this.#know({ hash });
    }
    this.#tips = new Map([[entry.hash, entry]]);
  }

  #continue(entry: Read): void {
    if (this.#isContinuous(entry)) {
      this.#requireContinued(entry);
      for (const one of entry.prev) this.#tips.delete(one);
      // What the missing entries have continued is not known.
    } else this.#tips.clear();
    this.#unreadable = [];
    this.#isReported = false;
    this.#know(entry);
    this.#tips.set(entry.hash, entry);
    this.entries.set(entry.hash, entry);
  }

  /** Whether it continues what is here; if not, there is a finding. */
  #isContinuous(entry: Read): boolean {
    const { prev } = entry;
    if (this.entries.has(entry.hash)) return this.#findOf(entry, 'inserted', 'is there twice.');
    if (prev.length === 0) {
      if (!this.#hasBegun) return true;
      return this.#findOf(
        entry,
        'begun anew',
        'begins a new chain: what was there before it does not lead to it.',
      );
    }
    const missing = prev.filter((one) => !this.#known.has(one));
    if (missing.length === 0) {
      this.#hasBegun = true;
      return true;
    }
    const [later] = missing.flatMap((one) => this.all.get(one) ?? []);
    if (later)
      return this.#findOf(
        entry,
        'moved',
        `was moved: it continues ${placeOf(later.line)}, which is behind it.`,
      );
    return this.#isFirst(missing) || this.#findMissing(entry);
  }

  #findOf(entry: Read, problem: Finding['problem'], what: string): false {
    this.#find(problem, `${nameOf(entry)} ${what}`);
    return false;
  }

  /** An entry before this one is not there any more, or is one of the lines that cannot be read. */
  #findMissing(entry: Read): false {
    const [unreadable] = this.#unreadable;
    if (this.#isReported) return false;
    this.lost = true;
    if (unreadable)
      this.#findUnreadable(unreadable, `it is no entry any more, and ${nameOf(entry)} continues it.`);
    else this.#find('removed', `An entry before ${nameOf(entry)} was removed.`);
    return false;
  }

  /** The entries that older files had are deleted after a time. */
  #isFirst(missing: readonly string[]): boolean {
    // Where older entries were deleted, those of before the chain are gone as well.
    if (this.#count === 0 && this.#unreadable.length === 0) {
      for (const one of missing) this.#deleted.add(one);
      this.continues = true;
      return true;
    }
    return missing.every((one) => this.#deleted.has(one));
  }

  /**
   * Who continues an entry has seen all before it; only a line that was written while its file was rotated is seen, and
   * continued, a little later.
   */
  #requireContinued({ prev }: Read): void {
    const newest = prev.reduce((last, one) => Math.max(last, this.#known.get(one) ?? -1), -1);
    for (const [hash, tip] of this.#tips) {
      if (this.#continued.has(hash) || (this.#known.get(hash) ?? Infinity) > newest) continue;
      this.#find('inserted', `${nameOf(tip)} was inserted: no entry after it continues it.`);
      this.#tips.delete(hash);
    }
  }

  #know({ hash }: Pick<Read, 'hash'>): void {
    if (!this.#known.has(hash)) this.#known.set(hash, (this.#count += 1));
  }

  #find(problem: Finding['problem'], message: string): void {
    this.findings.push({ problem, message });
  }
}

function readEntry(line: JournalLine): Read | undefined {
  const value = parsed(line.text);
  const link = linkOf(value);
  if (!link) return undefined;
  const { at } = value as { at?: unknown };
  return {
    line,
    at: typeof at === 'string' ? at : undefined,
    prev: link.prev,
    claimed: link.hash,
    hash: hashOf(value as Chained),
  };
}

/** None of ours is nested so deeply that it has no hash. */
function hashOf(entry: Chained): string {
  try {
    return hashOfChained(entry);
  } catch (error) {
    if (error instanceof RangeError) return '';
    throw error;
  }
}

/** Whether a line that cannot be read was complete: a process that is killed leaves the start of one, and ends no line. */
function hasItsEnd({ text, isLast = false }: JournalLine): boolean {
  return isLast || /"hash":"[\w-]{43}"\}\}$/.test(text);
}

function placeOf({ file, number }: JournalLine): string {
  return `${file}:${number}`;
}

/** Such as `WORKTREE_STATUS.journal.jsonl:17 (finished of shop, 2026-06-01T09:00:00.000Z)`. */
export function nameOf({ line }: Pick<Entry, 'line'>): string {
  const { type, skill, at } = parsed(line.text) as Record<string, unknown>;
  const what = [type, skill].filter((one) => typeof one === 'string').join(' of ');
  return `${placeOf(line)} (${[what, at].filter(Boolean).join(', ')})`;
}
