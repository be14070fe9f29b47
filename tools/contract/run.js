import { install, run } from '../install.js';

// Checks the types, then the tests, with what DigitalOcean publishes, which is installed here the first time.
install(import.meta.dirname);
run('node', 'tools/contract/check-types.js');
run('node_modules/.bin/vitest', 'run', '--root', 'tools/contract');
