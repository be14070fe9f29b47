import { join } from 'node:path';
import { install, run } from '../install.js';

// Lints the whole repository, with the linter that is installed here the first time.
install(import.meta.dirname);
// The rule about imports between packages reads the graph of projects that Nx has kept, and without one checks nothing.
run('node_modules/.bin/nx', 'show', 'projects');
run(
  join(import.meta.dirname, 'node_modules/.bin/eslint'),
  ...(process.argv.length > 2 ? process.argv.slice(2) : ['.']),
);
