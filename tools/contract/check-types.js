import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

// DigitalOcean's client is published as TypeScript that does not pass under the options of this repository, and tsc checks
// every source that is imported. Only what it finds in this folder's own files counts.
const cwd = join(import.meta.dirname, '../..');
const compiler = 'node_modules/typescript-7/bin/tsc';
const { error, status, stdout } = spawnSync(
  process.execPath,
  [compiler, '-p', 'tools/contract', '--checkers', '1', '--pretty', 'false'],
  { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'inherit'] },
);
if (error) throw error;

// The lines that explain an error are indented.
const found = stdout.split(/\n(?=\S)/).filter((text) => !text.startsWith('tools/contract/node_modules/'));
const own = found.filter((text) => text.trim() !== '');
process.stderr.write(own.map((text) => `${text}\n`).join(''));
process.exitCode = own.length > 0 || (status !== 0 && stdout === '') ? 1 : 0;
