import { openTerminal, Screen, type Terminal } from '../../terminal/screen.js';
import { terminalKind, type Style } from '../../terminal/style.js';
import { fittingReport, wholeReport } from './monitor-lines.js';
import type { MonitorOptions } from './options.js';
import type { MonitorReport } from './report.js';

/** Where reports are shown. */
export interface Display {
  /** Shows what a look has found. */
  show(report: MonitorReport): Promise<void>;
  /** Shows how time passes, and what a look has found so far. */
  refresh(report: MonitorReport): void;
  close(): void;
}

/** Opens what the options and the terminal behind Nx ask for. */
export function openDisplay({ once, json }: MonitorOptions, env: NodeJS.ProcessEnv): Display {
  if (json) return new JsonDisplay(print);
  const { interactive, style } = terminalKind(env);
  // Nx's own terminal interface, which a user can ask for, has the terminal already.
  const terminal = interactive && !once && env['NX_TUI'] !== 'true' ? openTerminal() : undefined;
  return terminal ? new ScreenDisplay(terminal, style) : new PlainDisplay(print, style);
}

/** A line of JSON a look. */
export class JsonDisplay implements Display {
  constructor(readonly write: (text: string) => Promise<void>) {}

  show(report: MonitorReport): Promise<void> {
    return this.write(`${JSON.stringify(report)}\n`);
  }

  refresh(): void {}

  close(): void {}
}

/** For a file or a pipe: the whole table, each time that something has changed. */
export class PlainDisplay implements Display {
  #last = '';

  constructor(
    readonly write: (text: string) => Promise<void>,
    readonly style: Style,
  ) {}

  async show(report: MonitorReport): Promise<void> {
    const now = JSON.stringify(withoutTimes(report));
    if (now === this.#last) return;
    this.#last = now;
    const lines = ['', ...wholeReport(report, this.style), ''];
    await this.write(lines.map((line) => `${line}\n`).join(''));
  }

  refresh(): void {}

  close(): void {}
}

/** For a terminal: drawn over. */
export class ScreenDisplay implements Display {
  readonly #screen: Screen;
  #size;
  #shown: MonitorReport | undefined;

  constructor(
    readonly terminal: Terminal,
    readonly style: Style,
  ) {
    this.#screen = new Screen(terminal.write);
    this.#size = terminal.size();
    process.on('SIGWINCH', this.#resize).on('SIGTSTP', this.#suspend).on('SIGCONT', this.#resume);
    // Also when the process ends by an error.
    process.on('exit', this.#giveBack);
  }

  async show(report: MonitorReport): Promise<void> {
    this.refresh(report);
  }

  refresh(report: MonitorReport): void {
    this.#shown = report;
    this.#screen.draw(fittingReport(report, this.style, this.#size));
  }

  close(): void {
    process.off('SIGWINCH', this.#resize).off('SIGTSTP', this.#suspend).off('SIGCONT', this.#resume);
    process.off('exit', this.#giveBack);
    this.#giveBack();
  }

  readonly #giveBack = () => this.#screen.close();

  /** Ctrl-Z: whoever gets the terminal now gets it as it was. */
  readonly #suspend = () => {
    this.#giveBack();
    process.kill(process.pid, 'SIGSTOP');
  };

  readonly #resume = () => {
    this.#screen.open();
    this.#resize();
  };

  readonly #resize = () => {
    this.#size = this.terminal.size();
    if (this.#shown) this.refresh(this.#shown);
  };
}

/** Resolves when it is written: the process may end after it. */
function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** What makes a report another one: not the time, nor how long an answer took. */
function withoutTimes({ at: _at, seenAt: _seenAt, ...report }: MonitorReport): object {
  const skills = report.skills.map(({ health, ...row }) => {
    const { milliseconds: _took, ...told } = health ?? {};
    return { ...row, health: told };
  });
  return { ...report, skills };
}
