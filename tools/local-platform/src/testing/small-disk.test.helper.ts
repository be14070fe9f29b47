import { execFile } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterwards, temporaryFolder } from './platform.test.helper.js';

const run = promisify(execFile);

/** Only root may mount a file system, and only on Linux is there one that needs no device. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0;

/** A disk of two megabytes with a limited number of files, in memory; it is gone after the test. */
export class SmallDisk {
  private constructor(readonly folder: string) {}

  static async mount(files = 10_000): Promise<SmallDisk> {
    const folder = await temporaryFolder();
    await run('mount', ['-t', 'tmpfs', '-o', `size=2m,nr_inodes=${files}`, 'tmpfs', folder]);
    afterwards(() => run('umount', ['--lazy', folder]));
    return new SmallDisk(folder);
  }

  /** Leaves no room for another byte. Safe to repeat. */
  fill(): void {
    for (let bytes = 65_536; bytes >= 1; bytes = Math.floor(bytes / 2)) {
      while (this.#takes(bytes));
    }
  }

  /** Leaves no room for another file. */
  fillWithFiles(): void {
    for (let file = 0; this.#takesFile(file); file++);
  }

  /** As the system does it when a disk fails: nothing can be written or deleted any more. */
  async makeReadOnly(): Promise<void> {
    // Over itself: a disk that someone has a file open on for writing cannot be made read-only.
    await run('mount', ['--bind', this.folder, this.folder]);
    afterwards(() => run('umount', ['--lazy', this.folder]));
    await run('mount', ['-o', 'remount,bind,ro', this.folder]);
  }

  async makeRoom(): Promise<void> {
    await rm(join(this.folder, 'filler'), { force: true });
  }

  #takesFile(number: number): boolean {
    try {
      writeFileSync(join(this.folder, `filler-${number}`), '');
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      return false;
    }
  }

  #takes(bytes: number): boolean {
    try {
      appendFileSync(join(this.folder, 'filler'), Buffer.alloc(bytes));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      return false;
    }
  }
}
