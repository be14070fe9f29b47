import { openSync, writeSync } from 'node:fs';
import { stdoutOfNx } from '../terminal/nx-stdout.js';

/** The output of a task: the pipe to Nx, until the run is interrupted. */
export class TaskOutput {
  #direct: number | undefined;

  readonly write = (text: string): void => {
    if (this.#direct === undefined) process.stdout.write(text);
    else writeSync(this.#direct, text);
  };

  /** After Ctrl-C Nx prints nothing more, not even the output of tasks: from now on writes to Nx's own stdout. */
  bypassNx(): void {
    const behind = stdoutOfNx();
    if (behind !== undefined) this.#direct ??= openFirst([behind, '/dev/tty']);
  }
}

function openFirst(paths: readonly string[]): number | undefined {
  for (const path of paths) {
    try {
      return openSync(path, 'a');
    } catch {
      // Another operating system, or no terminal: falls back to the pipe to Nx.
    }
  }
  return undefined;
}
