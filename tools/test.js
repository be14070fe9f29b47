import { spawn } from 'node:child_process';
import { once } from 'node:events';

/*
 * All checks of a change. The format is checked while the compiler runs, and the end-to-end tests run beside those of the
 * packages: each of them waits for other processes part of the time.
 */
const failed = [];
const format = start('format:check');
if (await start('compile').ended) await runTests();
await format.ended;
if (failed.length > 0) {
  process.stderr.write(`Failed, as shown above: ${failed.map((script) => `npm run ${script}`).join(', ')}\n`);
  process.exitCode = 1;
}

async function runTests() {
  const endToEnd = start('check:e2e', 'pipe');
  await start('check:unit').ended;
  process.stdout.write('\nThe checks of the packages have ended. Waiting for the end-to-end tests.\n');
  await endToEnd.ended;
  process.stdout.write(endToEnd.output());
}

/** Starts a script of package.json. With `pipe` its output is kept: two that print at once cannot be read. */
function start(script, output = 'inherit') {
  const chunks = [];
  const child = spawn('npm', ['run', script], { stdio: ['ignore', output, output] });
  process.once('SIGTERM', () => child.kill());
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => chunks.push(chunk));
  const ended = once(child, 'close').then(([code]) => {
    if (code !== 0) failed.push(script);
    return code === 0;
  });
  return { ended, output: () => Buffer.concat(chunks) };
}
