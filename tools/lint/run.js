import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';

/** Lints the whole repository, with the linter that is installed here the first time. */
const here = import.meta.dirname;
const root = join(here, '../..');
const changed = (file) => statSync(join(here, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (changed('node_modules/.package-lock.json') < changed('package-lock.json'))
  run('npm', 'ci', '--prefix', here, '--ignore-scripts', '--no-audit', '--no-fund');
// The rule about imports between packages reads the graph of projects that Nx has kept, and without one checks nothing.
run(join(root, 'node_modules/.bin/nx'), 'show', 'projects');
run(join(here, 'node_modules/.bin/eslint'), ...(process.argv.length > 2 ? process.argv.slice(2) : ['.']));

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
