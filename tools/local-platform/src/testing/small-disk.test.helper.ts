import { execFile } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterwards, temporaryFolder } from './platform.test.helper.js';

const run = promisify(execFile);

/** Only root may mount a file system, and only on Linux is there one that needs no device. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0;

/** A disk of two megabytes, in memory; it is gone after the test. */
export class SmallDisk {
  private constructor(readonly folder: string) {}

  static async mount(): Promise<SmallDisk> {
    const folder = await temporaryFolder();
    await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
    afterwards(() => run('umount', ['--lazy', folder]));
    return new SmallDisk(folder);
  }

  /** Leaves no room for another byte. Safe to repeat. */
  fill(): void {
    for (let bytes = 65_536; bytes >= 1; bytes = Math.floor(bytes / 2)) {
      while (this.#takes(bytes));
    }
  }

  async makeRoom(): Promise<void> {
    await rm(join(this.folder, 'filler'), { force: true });
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
