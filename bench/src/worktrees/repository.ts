import { gitOutput } from '@odoobo/machine/git';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const filesAFolder = 100;
const fileBytes = 1_000;

/** A repository in its own folder, and a folder for worktrees beside it. */
export interface Lent {
  root: string;
  /** Folder for worktrees. */
  base: string;
}

/**
 * Creates a repository with one commit of `files` files of 1 kB, 100 a folder (`d0`, `d1`, ...), and deletes it after
 * use.
 */
export async function withRepository<T>(files: number, use: (lent: Lent) => Promise<T>): Promise<T> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'bench-worktrees-')));
  const root = join(folder, 'repository');
  try {
    await gitOutput(['init', '--quiet', '--initial-branch=main', root], { cwd: folder });
    for (let index = 0; index < files / filesAFolder; index++)
      await writeFolder(join(root, `d${index}`), index);
    await gitOutput(['add', '--all'], { cwd: root });
    const identity = ['-c', 'user.name=Benchmark', '-c', 'user.email=benchmark@example.invalid'];
    await gitOutput([...identity, 'commit', '--quiet', '--message=files'], { cwd: root });
    return await use({ root, base: join(folder, 'worktrees') });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeFolder(folder: string, index: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const text = (file: number) => `${index}/${file}\n`.repeat(fileBytes).slice(0, fileBytes);
  const files = Array.from({ length: filesAFolder }, (_, file) => file);
  await Promise.all(files.map((file) => writeFile(join(folder, `f${file}.txt`), text(file))));
}

/** Removes all worktrees and branches except the main ones, so that every round starts from the same state. */
export async function clearWorktrees({ root, base }: Lent): Promise<void> {
  await rm(base, { recursive: true, force: true });
  await gitOutput(['worktree', 'prune', '--expire=now'], { cwd: root });
  const branches = await gitOutput(['for-each-ref', '--format=%(refname)', 'refs/heads/skill'], {
    cwd: root,
  });
  const input = branches
    .split('\n')
    .flatMap((ref) => (ref ? [`delete ${ref}\n`] : []))
    .join('');
  await gitOutput(['update-ref', '--stdin'], { cwd: root, input });
}
