import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';

// As a program: installs each folder that is named.
if (process.argv[1] === import.meta.filename)
  process.argv.slice(2).forEach((folder) => install(resolve(folder)));

/** Installs what a folder's own lock file lists, unless it was installed since the lock file changed. */
export function install(folder) {
  const changed = (file) => statSync(join(folder, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (changed('node_modules/.package-lock.json') < changed('package-lock.json'))
    run('npm', 'ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund');
}

/** Runs a program in the repository's root; ends this one when it fails. */
export function run(command, ...args) {
  runWith('inherit', command, args);
}

/** The same, showing only its errors. */
export function runQuietly(command, ...args) {
  runWith(['ignore', 'ignore', 'inherit'], command, args);
}

function runWith(stdio, command, args) {
  const { status, error } = spawnSync(command, args, { cwd: join(import.meta.dirname, '..'), stdio });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
