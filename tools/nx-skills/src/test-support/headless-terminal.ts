import headless from '@xterm/headless';
import type { Terminal, TerminalSize } from '../terminal/terminal.js';

/** A terminal without a window: the emulator of VS Code's. */
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

  /** A terminal of the system makes two control characters of a line end. */
  readonly write = (text: string): void => this.#emulator.write(text.replaceAll('\n', '\r\n'));

  size(): TerminalSize {
    return { columns: this.#emulator.cols, rows: this.#emulator.rows };
  }

  /** Makes the window another one, and tells the process. */
  async resize({ columns, rows }: TerminalSize): Promise<void> {
    await this.settled();
    this.#emulator.resize(columns, rows);
    process.emit('SIGWINCH', 'SIGWINCH');
  }

  /** Waits until everything is shown that was written. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.#emulator.write('', resolve));
  }

  /** Scrollback and screen, row by row, without what is empty at the end. */
  async shown(): Promise<string[]> {
    await this.settled();
    const { active } = this.#emulator.buffer;
    const rows = Array.from({ length: active.length }, (_, row) => active.getLine(row));
    const lines = rows.map((row) => row?.translateToString(true).trimEnd() ?? '');
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }
}
