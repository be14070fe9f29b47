import { ensurePlatform } from '../ensure.js';
import type { CliOptions } from './options.js';

/** Starts the server unless it runs. Ctrl-C while it starts stops it again. */
export async function start(directory: string, { port }: CliOptions): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort(new Error('Interrupted; the server was stopped again.'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const { url, started } = await ensurePlatform(directory, {
    ...(port !== undefined && { port }),
    signal: interrupted.signal,
  });
  process.stdout.write(`The local platform ${started ? 'runs' : 'already runs'} at ${url} (${directory})\n`);
  return 0;
}
