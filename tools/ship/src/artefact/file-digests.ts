import { hash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/*
 * An artefact has a thousand files of packages, and each run of Nx asks three times whether one has changed. As git does with
 * those of its index, a file is only read if it is not the one that was read before: https://git-scm.com/docs/racy-git
 */

/** Of a file's content; empty where there is none. */
export type ReadDigest = (file: string) => string;

/** What shows that a file is the same as before, and its digest then. The time of a change of its inode cannot be set by a program. */
type Known = [bytes: number, changedMs: number, modifiedMs: number, inode: number, digest: string];

/** A file that was changed shortly before it was read may change again without a new time: file systems count in steps. */
const settledMs = 2_000;

/** The digests of files. Reads each once, and none that is as it was when its digest was kept. */
export class FileDigests {
  readonly #read = new Map<string, string>();
  readonly #kept: ReadonlyMap<string, Known>;
  readonly #asked = new Map<string, Known>();

  /**
   * @param workspaceRoot where digests are kept
   * @param now milliseconds since 1970
   */
  constructor(
    private readonly workspaceRoot: string,
    private readonly now = Date.now,
  ) {
    this.#kept = readKept(fileIn(workspaceRoot));
  }

  readonly of: ReadDigest = (file) => {
    const read = this.#read.get(file);
    if (read !== undefined) return read;
    const digest = this.#look(file);
    this.#read.set(file, digest);
    return digest;
  };

  /** Keeps what was asked for, for later runs. Where it cannot be written, they read the files again. */
  keep(): void {
    const { size } = this.#kept;
    if (this.#asked.size === size && [...this.#asked].every(([file, one]) => this.#kept.get(file) === one))
      return;
    const file = fileIn(this.workspaceRoot);
    const written = `${file}.${process.pid}`;
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(written, JSON.stringify([...this.#asked]));
      renameSync(written, file);
    } catch {
      rmSync(written, { force: true });
    }
  }

  #look(file: string): string {
    try {
      const stats = statSync(file);
      const kept = this.#kept.get(file);
      if (kept && isSame(stats, kept)) {
        this.#asked.set(file, kept);
        return kept[4];
      }
      const before = this.now();
      const digest = hash('sha256', readFileSync(file));
      if (Math.max(stats.ctimeMs, stats.mtimeMs) < before - settledMs)
        this.#asked.set(file, [stats.size, stats.ctimeMs, stats.mtimeMs, stats.ino, digest]);
      return digest;
    } catch {
      return '';
    }
  }
}

function isSame(stats: Stats, [bytes, changedMs, modifiedMs, inode]: Known): boolean {
  return (
    stats.size === bytes && stats.ctimeMs === changedMs && stats.mtimeMs === modifiedMs && stats.ino === inode
  );
}

function fileIn(workspaceRoot: string): string {
  return join(workspaceRoot, '.nx/skills/file-digests.json');
}

function readKept(file: string): Map<string, Known> {
  try {
    const entries: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const known = Array.isArray(entries) ? (entries as [string, Known][]) : [];
    return new Map(known.filter(([, one]) => Array.isArray(one)));
  } catch {
    // None yet, or not what is written here.
    return new Map();
  }
}
