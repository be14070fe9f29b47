import { TerminalBlock } from '../terminal/live-block.js';
import { type Style, terminalKind } from '../terminal/style.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';
import { fittingReport, wholeReport } from './monitor-lines.js';
import type { MonitorOptions } from './options.js';
import type { MonitorReport } from './report.js';

/** The output for reports. */
export interface Display {
  /** Shows the result of a check. */
  show(report: MonitorReport): Promise<void>;
  /** Updates the ages, and shows the results so far. */
  refresh(report: MonitorReport): void;
  close(): void;
}

/** Opens the display that the options select and the terminal behind Nx allows. */
export function openDisplay({ once, json }: MonitorOptions, env: NodeJS.ProcessEnv): Display {
  if (json) return new JsonDisplay(print);
  const { interactive, style } = terminalKind(env);
  const terminal = interactive ? openTerminal() : undefined;
  if (terminal && !once) return new ScreenDisplay(terminal, style);
  return new PlainDisplay(print, style, terminal?.size().columns);
}

/** One line of JSON per check. */
export class JsonDisplay implements Display {
  constructor(readonly write: (text: string) => Promise<void>) {}

  show(report: MonitorReport): Promise<void> {
    return this.write(`${JSON.stringify(report)}\n`);
  }

  refresh(): void {}

  close(): void {}
}

/** For a file, a pipe or a single check: prints the whole table whenever something has changed. */
export class PlainDisplay implements Display {
  #last = '';

  constructor(
    readonly write: (text: string) => Promise<void>,
    readonly style: Style,
    /** How wide a line may be. */
    readonly columns = Infinity,
  ) {}

  async show(report: MonitorReport): Promise<void> {
    const now = JSON.stringify(withoutTimes(report));
    if (now === this.#last) return;
    this.#last = now;
    const lines = ['', ...wholeReport(report, this.style, this.columns), ''];
    await this.write(lines.map((line) => `${line}\n`).join(''));
  }

  refresh(): void {}

  close(): void {}
}

/** For a terminal: redrawn in place on its alternate screen. */
export class ScreenDisplay implements Display {
  readonly #block: TerminalBlock;

  constructor(
    terminal: Terminal,
    readonly style: Style,
  ) {
    this.#block = new TerminalBlock(terminal, true);
  }

  async show(report: MonitorReport): Promise<void> {
    this.refresh(report);
  }

  refresh(report: MonitorReport): void {
    this.#block.draw((size) => fittingReport(report, this.style, size));
  }

  close(): void {
    this.#block.close();
  }
}

/** Resolves when the text is written, because the process may exit afterwards. */
function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** The parts of a report that count as a change: not the time, nor response times. */
function withoutTimes({ at: _at, seenAt: _seenAt, ...report }: MonitorReport): object {
  const skills = report.skills.map(({ health, ...row }) => {
    const { milliseconds: _took, ...stable } = health ?? {};
    return { ...row, health: stable };
  });
  return { ...report, skills };
}
