import headless from '@xterm/headless';
import type { Terminal, TerminalSize } from '../terminal/terminal.js';

/** A terminal without a window: the emulator that VS Code uses. */
export class HeadlessTerminal implements Terminal {
  readonly #emulator: InstanceType<typeof headless.Terminal>;

  constructor({ columns, rows }: TerminalSize) {
    this.#emulator = new headless.Terminal({
      cols: columns,
      rows,
      scrollback: 10_000,
      allowProposedApi: true,
    });
  }

  /** A system terminal turns a newline into two control characters. */
  readonly write = (text: string): void => this.#emulator.write(text.replaceAll('\n', '\r\n'));

  size(): TerminalSize {
    return { columns: this.#emulator.cols, rows: this.#emulator.rows };
  }

  /** Changes the size of the window, and notifies the process. */
  async resize({ columns, rows }: TerminalSize): Promise<void> {
    await this.settled();
    this.#emulator.resize(columns, rows);
    process.emit('SIGWINCH', 'SIGWINCH');
  }

  /** Waits until all written text is shown. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.#emulator.write('', resolve));
  }

  /** Scrollback and screen, row by row, without empty rows at the end. */
  async shown(): Promise<string[]> {
    await this.settled();
    const { active } = this.#emulator.buffer;
    const rows = Array.from({ length: active.length }, (_, row) => active.getLine(row));
    const lines = rows.map((row) => row?.translateToString(true).trimEnd() ?? '');
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }
}
