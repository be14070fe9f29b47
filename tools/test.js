import { spawn } from 'node:child_process';
import { once } from 'node:events';

/*
 * All checks of a change. Nothing runs alone: the format is checked, and what the linter and the contract need is installed, while the
 * compiler runs; the end-to-end tests run beside those of the packages, since each of them waits for other processes part of the time.
 */
const failed = [];
const beside = ['format:check', 'check:install'].map((script) => start(script).ended);
if (await start('compile').ended) {
  const endToEnd = start('check:e2e', 'pipe');
  await beside[1];
  await start('check:code').ended;
  await start('check:unit').ended;
  process.stdout.write('\nThe checks of the packages have ended. Waiting for the end-to-end tests.\n');
  await endToEnd.ended;
  process.stdout.write(endToEnd.output());
}
await Promise.all(beside);
if (failed.length > 0) {
  process.stderr.write(`Failed, as shown above: ${failed.map((script) => `npm run ${script}`).join(', ')}\n`);
  process.exitCode = 1;
}

/** Starts a script of package.json. With `pipe` its output is kept: two that print at once cannot be read. */
function start(script, output = 'inherit') {
  const chunks = [];
  // A process for each plugin of Nx takes two seconds more.
  const env = { NX_ISOLATE_PLUGINS: 'false', ...process.env };
  const child = spawn('npm', ['run', script], { env, stdio: ['ignore', output, output] });
  process.once('SIGTERM', () => child.kill());
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => chunks.push(chunk));
  const ended = once(child, 'close').then(([code]) => {
    if (code !== 0) failed.push(script);
    return code === 0;
  });
  return { ended, output: () => Buffer.concat(chunks) };
}
