import { readlinkSync } from 'node:fs';
import pc from 'picocolors';

export type Style = ReturnType<typeof pc.createColors>;

/** How a run may write to the terminal of the person who started it. */
export interface TerminalKind {
  /** Lines may be redrawn. */
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
  // Nx's own terminal interface, which a user can ask for, has the terminal already.
  const taken = env['NX_TUI'] === 'true';
  return {
    interactive: terminal && !dumb && !taken,
    style: pc.createColors(terminal && !dumb && !env['NO_COLOR']),
  };
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
