import { readlinkSync } from 'node:fs';
import pc from 'picocolors';
import { stdoutOfNx } from './nx-stdout.js';

export type Style = ReturnType<typeof pc.createColors>;

/** What a run may do with the terminal of the person who started it. */
export interface TerminalKind {
  /** Lines may be redrawn. */
  interactive: boolean;
  style: Style;
}

/**
 * Detects the capabilities of the terminal behind Nx. A task writes into a pipe of Nx, and Nx makes all tasks use
 * colours, so only the stdout of Nx is decisive: neither the task's own stdout nor FORCE_COLOR is.
 */
export function terminalKind(env: NodeJS.ProcessEnv): TerminalKind {
  const terminal = isTerminalOfParent() && !env['CI'];
  const dumb = env['TERM'] === 'dumb';
  // Nx's own terminal interface, which a user can select, occupies the terminal already.
  const taken = env['NX_TUI'] === 'true';
  return {
    interactive: terminal && !dumb && !taken,
    style: pc.createColors(terminal && !dumb && !env['NO_COLOR']),
  };
}

/** Linux shows where the stdout of Nx goes; on other systems its stdin, which a task inherits, is the best sign. */
function isTerminalOfParent(): boolean {
  if (process.stdout.isTTY) return true;
  const behind = stdoutOfNx();
  if (behind === undefined) return false;
  try {
    return /^\/dev\/(pts\/|tty|console)/.test(readlinkSync(behind));
  } catch {
    return process.platform !== 'linux' && process.stdin.isTTY === true;
  }
}
