import { execa } from 'execa';
import { appendFileSync, statSync, truncateSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Only root may mount a file system, and only Linux has one that needs no device. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0;

/** Folders of a workspace that are large and stay on the real disk: builds, Nx's cache, the platform. */
const roomy = ['skills', '.nx', '.local-platform'];

/** A disk of some megabytes, in memory, mounted at a folder. */
export class SmallDisk {
  private constructor(
    private readonly root: string,
    private readonly elsewhere: string,
    private readonly roomy: readonly string[],
  ) {}

  /** Moves a workspace in which no process runs yet; only its large folders are elsewhere. */
  static async under(root: string): Promise<SmallDisk> {
    const disk = await SmallDisk.at(root, { megabytes: 4, roomy });
    for (const name of roomy) {
      for (const folder of [root, disk.elsewhere]) await mkdir(join(folder, name), { recursive: true });
      await execa('mount', ['--bind', join(disk.elsewhere, name), join(root, name)]);
    }
    return disk;
  }

  /** Moves a folder in which no process runs yet; it may be missing. */
  static async at(root: string, { megabytes = 4, roomy = [] as readonly string[] } = {}): Promise<SmallDisk> {
    const disk = new SmallDisk(root, await mkdtemp(join(tmpdir(), 'elsewhere-')), roomy);
    await mkdir(root, { recursive: true });
    await cp(root, disk.elsewhere, { recursive: true, verbatimSymlinks: true });
    await execa('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', root]);
    await cp(disk.elsewhere, root, { recursive: true, verbatimSymlinks: true });
    return disk;
  }

  /** Fills the disk to the last byte, and then makes room for so many bytes: what is written next ends in the middle. */
  fill(leaving = 0): void {
    for (let bytes = 65_536; bytes >= 1; bytes = Math.floor(bytes / 2)) while (this.#takes(bytes));
    const filler = join(this.root, 'filler');
    if (leaving > 0) truncateSync(filler, statSync(filler).size - leaving);
  }

  async makeRoom(): Promise<void> {
    await rm(join(this.root, 'filler'));
  }

  /** Call it only when no process runs there any more. */
  async unmount(): Promise<void> {
    for (const name of this.roomy) await execa('umount', ['--lazy', join(this.root, name)]);
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
