import { PlainBlock, TerminalBlock, type LiveBlock } from './live-block.js';
import { terminalKind, type Style } from './style.js';
import { openTerminal, type Write } from './terminal.js';

/** Where a run shows what is under way: in the terminal behind Nx, or line by line where there is none. */
export function openBlock(env: NodeJS.ProcessEnv, write: Write): { block: LiveBlock; style: Style } {
  const { interactive, style } = terminalKind(env);
  const terminal = interactive ? openTerminal() : undefined;
  return { block: terminal ? new TerminalBlock(terminal) : new PlainBlock(write), style };
}
