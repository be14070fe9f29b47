import { runner } from '@odoobo/machine/package-manager';
import { resolve } from 'node:path';
import { UsageError } from '../command-line/index.js';
import { RuleError } from '../rules/rule.js';
import { flagArguments, type TestFlags, testOptions } from '../rules/test-flags.js';
import { ensurePlatform } from '../start-stop/ensure.js';
import { preferredPort } from '../start-stop/kept-port.js';
import type { CliOptions } from './options.js';
import { pageHint } from './page-hint.js';

/** Starts the server unless it runs. Ctrl-C while it starts stops it again. */
export async function start(directory: string, { port, test }: CliOptions): Promise<number> {
  const flags = checked(test);
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort(new Error('Interrupted; the server was stopped again.'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const { started, warnings, ...server } = await ensurePlatform(directory, {
    ...(port !== undefined && { port }),
    flags: flagArguments(flags),
    signal: interrupted.signal,
  });
  process.stdout.write(
    `The local platform ${started ? 'runs' : 'already runs'} at ${server.url} (${directory})\n${pageHint(server)}\n`,
  );
  if (started && port === undefined && warnings.length === 0) sayKeptPort(server.url);
  for (const warning of warnings) process.stderr.write(`! ${warning}\n`);
  return 0;
}

/** Explains why the port is not the usual one. */
function sayKeptPort(url: string): void {
  if (new URL(url).port === String(preferredPort)) return;
  process.stdout.write(
    `It uses the same port as before. To use another: ${runner} local-platform stop, then ${runner} local-platform start --port ${preferredPort}\n`,
  );
}

/** The server reads them again; errors in them are reported here, where the user looks. */
function checked(flags: TestFlags): TestFlags {
  try {
    testOptions(flags);
  } catch (cause) {
    if (cause instanceof RuleError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
  const log = flags['request-log'];
  return { ...flags, ...(log !== undefined && { 'request-log': resolve(log) }) };
}
