import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { failuresIn } from './failures.js';

/*
 * All checks of a change. None waits for another but for what it needs: the tests begin when everything is compiled, and the checks of the
 * code when the linter and the contract are installed as well. So both processors are busy to the end, which is that of the longest.
 */
const failed = [];
const outputs = [];
const format = start('format:check');
const installed = start('check:install');
if (await start('compile').ended) {
  const tests = ['check:unit', 'check:e2e'].map((script) => start(script, 'pipe'));
  await installed.ended;
  await start('check:code').ended;
  process.stdout.write('\nThe checks of the code have ended. Waiting for the tests.\n');
  for (const { ended, output } of tests) {
    await ended;
    process.stdout.write(output());
    outputs.push(output());
  }
}
await Promise.all([format.ended, installed.ended]);
if (failed.length > 0) {
  for (const failure of outputs.flatMap((output) => failuresIn(output.toString())))
    process.stderr.write(`${failure}\n`);
  process.stderr.write(`Failed, as shown above: ${failed.map((script) => `npm run ${script}`).join(', ')}\n`);
  process.exitCode = 1;
}

/** Starts a script of package.json. With `pipe` its output is kept: two that print at once cannot be read. */
function start(script, output = 'inherit') {
  const chunks = [];
  // A process for each plugin of Nx takes two seconds more, and its daemon reads the projects again while tests write files.
  const env = { NX_ISOLATE_PLUGINS: 'false', NX_DAEMON: 'false', COMPILED: 'true', ...process.env };
  const child = spawn('npm', ['run', script], { env, stdio: ['ignore', output, output] });
  process.once('SIGTERM', () => child.kill());
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => chunks.push(chunk));
  const ended = once(child, 'close').then(([code]) => {
    if (code !== 0) failed.push(script);
    return code === 0;
  });
  return { ended, output: () => Buffer.concat(chunks) };
}
