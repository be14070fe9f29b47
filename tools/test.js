import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/*
 * Runs all checks, and the end-to-end tests in parallel with those of the packages: both wait for processes half of the
 * time. The output of the end-to-end tests is shown after the others have ended.
 */
const folder = mkdtempSync(join(tmpdir(), 'test-'));
const log = join(folder, 'e2e.log');
const file = openSync(log, 'a');

const codes = await Promise.all([run('check:unit', 'inherit'), run('check:e2e', ['ignore', file, file])]);
process.stdout.write(readFileSync(log));
rmSync(folder, { recursive: true });
process.exitCode = Math.max(...codes);

async function run(script, stdio) {
  const [code] = await once(spawn('npm', ['run', script], { stdio }), 'exit');
  return code ?? 1;
}
