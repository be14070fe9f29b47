import { type LiveBlock, PlainBlock, TerminalBlock } from './live-block.js';
import { type Style, terminalKind } from './style.js';
import { openTerminal, type Write } from './terminal.js';
import { wrapText } from './wrap.js';

/** Where a run shows its progress: in the terminal behind Nx, or line by line if there is none. */
export function openBlock(env: NodeJS.ProcessEnv, write: Write): { block: LiveBlock; style: Style } {
  const { interactive, style } = terminalKind(env);
  const terminal = interactive ? openTerminal() : undefined;
  return { block: terminal ? new TerminalBlock(terminal) : new PlainBlock(write), style };
}

/** Maximum width of a line; infinite if no terminal shows it. */
export function columnsFor(env: NodeJS.ProcessEnv): number {
  const terminal = terminalKind(env).interactive ? openTerminal() : undefined;
  return terminal?.size().columns ?? Infinity;
}

/** Wraps a text for the terminal: a terminal itself would break lines within words. */
export function fitted(text: string, env: NodeJS.ProcessEnv): string {
  return wrapText(text, columnsFor(env));
}
