import { join } from 'node:path';
import { install, run, runQuietly } from '../install.js';

const linted = process.argv.length > 2 ? process.argv.slice(2) : ['.'];

// Lints the whole repository, or what is named, with the linter that is installed here the first time.
install(import.meta.dirname);
// The rule about imports between packages reads the graph of projects that Nx has kept, and without one checks nothing.
runQuietly('node_modules/.bin/nx', 'show', 'projects');
run(join(import.meta.dirname, 'node_modules/.bin/eslint'), ...linted);
process.stdout.write(`The linter has found nothing in ${linted.join(', ')}.\n`);
