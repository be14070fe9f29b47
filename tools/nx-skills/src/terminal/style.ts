import pc from 'picocolors';
import { openSync, readlinkSync } from 'node:fs';
import { WriteStream } from 'node:tty';

export type Style = ReturnType<typeof pc.createColors>;

/** How a run may write to the terminal of the person who started it. */
export interface TerminalKind {
  /** Lines may be drawn over. */
  interactive: boolean;
  style: Style;
}

/**
 * Finds out what the terminal behind Nx can do. A task writes into a pipe of Nx, and Nx tells all tasks to use
 * colours, so neither its own stdout nor FORCE_COLOR says anything: the stdout of Nx does.
 */
export function terminalKind(env: NodeJS.ProcessEnv): TerminalKind {
  const terminal = isTerminalOfParent() && !env['CI'];
  const dumb = env['TERM'] === 'dumb';
  return { interactive: terminal && !dumb, style: pc.createColors(terminal && !dumb && !env['NO_COLOR']) };
}

/** Linux shows where the stdout of Nx goes; elsewhere its stdin, which a task inherits, is the best sign. */
function isTerminalOfParent(): boolean {
  if (process.stdout.isTTY) return true;
  try {
    return /^\/dev\/(pts\/|tty|console)/.test(readlinkSync(`/proc/${process.ppid}/fd/1`));
  } catch {
    return process.platform !== 'linux' && process.stdin.isTTY === true;
  }
}

/** Width of the controlling terminal; 80 where it cannot be told. */
export function terminalColumns(): number {
  try {
    return new WriteStream(openSync('/dev/tty', 'r+')).columns || 80;
  } catch {
    return 80;
  }
}
