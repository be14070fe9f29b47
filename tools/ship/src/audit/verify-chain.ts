import { type Chained, hashOfChained, linkOf, parsed } from '../records/chain.js';

/** A line of a journal, and where it is. */
export interface JournalLine {
  /** The file, as a person finds it. */
  file: string;
  /** The first line is 1. */
  number: number;
  text: string;
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
  const chain = new Chain(
    new Map(lines.flatMap((line) => readEntry(line) ?? []).map((one) => [one.hash, one])),
  );
  for (const line of lines) chain.add(line);
  return chain;
}

class Chain implements VerifiedChain {
  readonly findings: Finding[] = [];
  readonly entries = new Map<string, Entry>();
  readonly changed = new Set<string>();
  before = 0;
  torn = 0;
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
  #count = 0;

  /** @param all the entries of the whole journal, by hash */
  constructor(private readonly all: ReadonlyMap<string, Read>) {
    this.#continued = new Set([...all.values()].flatMap(({ prev }) => prev));
  }

  add(line: JournalLine): void {
    const value = parsed(line.text);
    const entry = readEntry(line);
    if (value === undefined) this.#unread(line);
    else if (!entry) this.#unchained(line);
    else if (entry.hash !== entry.claimed || JSON.stringify(value) !== line.text) this.#changed(entry);
    else this.#continue(entry);
  }

  /** A crash leaves an incomplete line. Whether it was an entry shows the next one. */
  #unread(line: JournalLine): void {
    this.torn += 1;
    this.#unreadable.push(line);
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
    const found = this.#problemOf(entry);
    if (found) {
      this.#find(...found);
      // What the missing entries have continued is not known.
      this.#tips.clear();
    } else {
      this.#requireContinued(entry);
      for (const one of entry.prev) this.#tips.delete(one);
    }
    this.#unreadable = [];
    this.#know(entry);
    this.#tips.set(entry.hash, entry);
    this.entries.set(entry.hash, entry);
  }

  #problemOf(entry: Read): [Finding['problem'], string] | undefined {
    const { prev } = entry;
    if (this.entries.has(entry.hash)) return ['inserted', `${nameOf(entry)} is there twice.`];
    if (prev.length === 0) {
      if (!this.#hasBegun) return undefined;
      return [
        'begun anew',
        `${nameOf(entry)} begins a new chain: what was there before it does not lead to it.`,
      ];
    }
    const missing = prev.filter((one) => !this.#known.has(one));
    if (missing.length === 0) {
      this.#hasBegun = true;
      return undefined;
    }
    const later = missing.flatMap((one) => this.all.get(one) ?? []);
    if (later[0])
      return [
        'moved',
        `${nameOf(entry)} was moved: it continues ${placeOf(later[0].line)}, which is behind it.`,
      ];
    if (this.#isFirst(missing)) return undefined;
    const [unreadable] = this.#unreadable;
    if (unreadable)
      return [
        'changed',
        `${placeOf(unreadable)} was changed: it is no entry any more, and ${nameOf(entry)} continues it.`,
      ];
    return ['removed', `An entry before ${nameOf(entry)} was removed.`];
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
    const newest = Math.max(...prev.map((one) => this.#known.get(one) ?? -1));
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
    hash: hashOfChained(value as Chained),
  };
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
