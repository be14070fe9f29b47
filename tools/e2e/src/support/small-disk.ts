import { execa } from 'execa';
import { appendFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Only root may mount a file system, and only Linux has one that needs no device. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0;

/** Folders of a workspace that are large and stay on the real disk: builds, Nx's cache, the platform. */
const roomy = ['skills', '.nx', '.local-platform'];

/** A disk of four megabytes, in memory, mounted at a workspace's folder; only the large folders are elsewhere. */
export class SmallDisk {
  private constructor(
    readonly root: string,
    readonly elsewhere: string,
  ) {}

  /** Moves a workspace in which no process runs yet. */
  static async under(root: string): Promise<SmallDisk> {
    const disk = new SmallDisk(root, await mkdtemp(join(tmpdir(), 'elsewhere-')));
    await cp(root, disk.elsewhere, { recursive: true, verbatimSymlinks: true });
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', root]);
    await cp(disk.elsewhere, root, { recursive: true, verbatimSymlinks: true });
    for (const name of roomy) {
      for (const folder of [root, disk.elsewhere]) await mkdir(join(folder, name), { recursive: true });
      await execa('mount', ['--bind', join(disk.elsewhere, name), join(root, name)]);
    }
    return disk;
  }

  /** Fills the disk to the last byte. */
  fill(): void {
    for (let bytes = 65_536; bytes >= 1; bytes = Math.floor(bytes / 2)) while (this.#takes(bytes));
  }

  async makeRoom(): Promise<void> {
    await rm(join(this.root, 'filler'));
  }

  /** Call it only when no process runs there any more. */
  async unmount(): Promise<void> {
    for (const name of roomy) await execa('umount', ['--lazy', join(this.root, name)]);
    await execa('umount', ['--lazy', this.root]);
    await rm(this.elsewhere, { recursive: true });
  }

  #takes(bytes: number): boolean {
    try {
      appendFileSync(join(this.root, 'filler'), Buffer.alloc(bytes));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      return false;
    }
  }
}
