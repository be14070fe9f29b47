import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** The codes of a disk on which nothing can be written, whatever is written. */
const unwritableCodes = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM'];

/** Whether the cause is that the disk is full or read-only, or this user may not write there. */
export function isUnwritable(error: unknown): boolean {
  return causesOf(error).some((one) => unwritableCodes.includes(codeOf(one) ?? ''));
}

/** An error and what caused it, outermost first. */
export function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let one = error; one !== undefined && !causes.includes(one);) {
    causes.push(one);
    one = one instanceof Error ? one.cause : undefined;
  }
  return causes;
}

/**
 * The message of an error, without its causes. An error of the operating system names only a code and a call, so its message
 * says what could not be done, with which path, why, and what helps.
 */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return inWords(error) ?? error.message;
}

/** The error itself. One of a file that was open already names none: it gets this path, so that its message says which disk. */
export function atPath(error: unknown, path: string): unknown {
  const isSystemError = error instanceof Error && 'syscall' in error;
  return isSystemError && !('path' in error) ? Object.assign(error, { path }) : error;
}

function inWords(error: NodeJS.ErrnoException): string | undefined {
  const { code, syscall = '', path } = error;
  const call = syscall.split(' ')[0] ?? '';
  const done = calls.find(({ names }) => names.includes(call))?.done;
  if (code === undefined || done === undefined) return undefined;
  const reason = reasonOf(reallyOf(code, path), call, path);
  return reason === undefined || path === undefined ? reason : `${path} ${done}: ${reason}`;
}

/** The system calls for files and programs, and what fails when one is refused. */
const calls = [
  { names: ['mkdir', 'mkdtemp'], done: 'could not be created' },
  { names: ['unlink', 'rmdir', 'rm'], done: 'could not be deleted' },
  { names: ['spawn', 'uv_spawn'], done: 'could not be started' },
  { names: ['open', 'opendir'], done: 'could not be opened' },
  {
    names: ['scandir', 'read', 'stat', 'lstat', 'fstat', 'readlink', 'realpath', 'access'],
    done: 'could not be read',
  },
  {
    names: [
      'write',
      'fsync',
      'close',
      'rename',
      'copyfile',
      'link',
      'symlink',
      'chmod',
      'utime',
      'ftruncate',
      'truncate',
    ],
    done: 'could not be written',
  },
];

/**
 * mkdir with its parents reports ENOENT also where the disk is read-only or full, or this user may not write: the folder above
 * shows which.
 */
function reallyOf(code: string, path: string | undefined): string {
  if (code !== 'ENOENT' || path === undefined) return code;
  const above = existingAbove(path);
  try {
    accessSync(above, constants.W_OK);
    return hasNoInodes(above) ? 'ENOSPC' : code;
  } catch (error) {
    return codeOf(error) ?? code;
  }
}

function reasonOf(code: string, call: string, path: string | undefined): string | undefined {
  const above = path === undefined ? undefined : existingAbove(path);
  const where = above === undefined ? 'the disk' : `the disk of ${above}`;
  switch (code) {
    case 'ENOSPC':
      return above !== undefined && hasNoInodes(above)
        ? `${where} has no inodes left, so no more files can be created (${code}). Delete some there, then try again.`
        : `${where} is full (${code}). Make room there, then try again.`;
    case 'EDQUOT':
      return `your quota on ${where} is used up (${code}). Make room there, then try again.`;
    case 'EROFS':
      return `${where} is read-only (${code}). Mount it writable (mount -o remount,rw), or use a folder on another disk.`;
    case 'EACCES':
    case 'EPERM':
      return `permission denied (${code}). Check the owner and mode: ls -ld ${above ?? ''}`.trimEnd();
    case 'EMFILE':
      return `this process has too many open files (${code}). Raise the limit, then try again: ulimit -n 4096`;
    case 'ENFILE':
      return `this machine has too many open files (${code}). End a program, or raise the sysctl fs.file-max.`;
    case 'EAGAIN':
      // From another call it means that nothing can be read yet.
      if (!call.endsWith('spawn')) return undefined;
      return `this user has reached the limit of processes (${code}). End some, or raise the limit: ulimit -u 4096`;
    case 'ENOMEM':
      return `this machine is out of memory (${code}). End a program, then try again.`;
    case 'EIO':
      return `${where} has an input/output error (${code}). See the system log (dmesg).`;
    case 'ENOTDIR':
    case 'EEXIST':
      if (code === 'EEXIST' && call !== 'mkdir') return undefined;
      return `a file is in the way where a folder is needed (${code}). Move it away, then try again.`;
    default:
      return undefined;
  }
}

/** The path itself, or the nearest folder above it that exists. */
function existingAbove(path: string): string {
  return existsSync(path) || path === dirname(path) ? path : existingAbove(dirname(path));
}

/** Some file systems, such as btrfs, count no inodes. */
function hasNoInodes(path: string): boolean {
  try {
    const { files, ffree } = statfsSync(path);
    return files > 0 && ffree === 0;
  } catch {
    return false;
  }
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
