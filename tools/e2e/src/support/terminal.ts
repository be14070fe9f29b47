import headless from '@xterm/headless';
import { execa } from 'execa';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from './poll.js';
import { nxPath, outerEnvironment, type Workspace } from './workspace.js';

/** Frames come a second apart while nothing happens: a third of that allows for slow output. */
const quietMs = 300;

/** Nx in a terminal, as a user runs it. */
export interface TerminalRun {
  /** Everything that the terminal got, escape codes included. */
  output(): string;
  says(text: string): Promise<void>;
  /** What is on the screen now, row by row. */
  screen(): Promise<string[]>;
  /** Waits until the screen, not the scrollback, shows a text. @returns the screen at that moment */
  shows(text: string | RegExp): Promise<string[]>;
  /** The same, of a screen that is complete: a terminal gets a frame in pieces. */
  showsWhole(text: string | RegExp): Promise<string[]>;
  /** The scrollback and the screen: row by row, without empty rows at the end. */
  everything(): Promise<string[]>;
  /** Complete lines that were longer than the terminal's width when it ended. */
  tooLong(): Promise<string[]>;
  /** Changes the size of the window. */
  resize(columns: number, rows: number): Promise<void>;
  /** Presses keys: `\u0003` is Ctrl-C. */
  type(keys: string): void;
  /** Waits until the shell has returned. @returns the exit code of Nx */
  exitCode(): Promise<number>;
}

/** Runs Nx in its own terminal, with the system's `script`; the emulator of VS Code's terminal displays it. */
export function inTerminal(
  workspace: Workspace,
  args: string[],
  { columns = 100, rows = 30 } = {},
): TerminalRun {
  // Ctrl-C reaches the shell too, which must keep running to report the exit code, as a user's shell does.
  const command = 'tty; stty cols "$1" rows "$2"; shift 2; trap : INT; "$@"; echo "exit code $?"';
  const words = [String(columns), String(rows), process.execPath, nxPath, ...args];
  const run = spawn('script', scriptArguments(command, words), {
    cwd: workspace.root,
    env: { ...outerEnvironment(), ...workspace.env, NO_COLOR: undefined, TERM: 'xterm-256color' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const emulator = new headless.Terminal({ cols: columns, rows, scrollback: 20_000, allowProposedApi: true });
  let device: string | undefined;
  let output = '';
  let lastOutput = 0;
  /** Output that is held back while the window is resized. */
  let held: string[] | undefined;
  const show = (text: string) => (held ? void held.push(text) : emulator.write(text));
  run.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    lastOutput = Date.now();
    // The first line is the name of the terminal device.
    const [, name, rest] = (device === undefined && /^(\S+)\r\n([^]*)/.exec(output)) || [];
    device ??= name;
    show(rest ?? text);
  });
  const ended = once(run, 'close');
  const settled = () => new Promise<void>((resolve) => emulator.write('', resolve));
  const read = async (from: 'screen' | 'scrollback') => {
    await settled();
    return linesOf(emulator, from);
  };
  const screenWith = async (text: string | RegExp, isWhole: () => boolean) => {
    let lines: string[] = [];
    await until(`the screen shows "${text}"`, async () => {
      const wasWhole = isWhole();
      lines = await read('screen');
      return wasWhole && isWhole() && lines.some((line) => line.search(text) !== -1);
    });
    return lines;
  };
  return {
    output: () => output,
    says: async (text) =>
      void (await until(`the terminal says "${text}"`, async () => output.includes(text))),
    screen: () => read('screen'),
    shows: (text) => screenWith(text, () => true),
    showsWhole: (text) => screenWith(text, () => Date.now() - lastOutput > quietMs),
    everything: () => read('scrollback'),
    tooLong: async () => {
      await settled();
      return wrappedLines(emulator);
    },
    resize: async (columns, rows) => {
      // Not in the middle of a frame, but just after one: the next comes a second later.
      await until('the terminal is quiet', async () => Date.now() - lastOutput > quietMs);
      await settled();
      const of = process.platform === 'linux' ? '-F' : '-f';
      // A real window does both at once. Here, output for the new size waits until the emulator has that size, too.
      held = [];
      await execa('stty', [of, device ?? '', 'cols', String(columns), 'rows', String(rows)]);
      emulator.resize(columns, rows);
      const drawn = held.join('');
      held = undefined;
      emulator.write(drawn);
    },
    type: (keys) => void run.stdin.write(keys),
    exitCode: async () => {
      await ended;
      return Number(/exit code (\d+)/.exec(output)?.[1] ?? -1);
    },
  };
}

function linesOf(
  { buffer, rows }: InstanceType<typeof headless.Terminal>,
  from: 'screen' | 'scrollback',
): string[] {
  const { active } = buffer;
  const first = from === 'screen' ? active.baseY : 0;
  const last = from === 'screen' ? active.baseY + rows : active.length;
  const lines: string[] = [];
  for (let row = first; row < last; row += 1)
    lines.push(active.getLine(row)?.translateToString(true).trimEnd() ?? '');
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

function wrappedLines({ buffer: { active } }: InstanceType<typeof headless.Terminal>): string[] {
  const lines: string[] = [];
  for (let row = 1; row < active.length; row += 1) {
    if (!active.getLine(row)?.isWrapped) continue;
    const first = active.getLine(row - 1);
    lines.push(
      `${first?.translateToString(true) ?? ''}${active.getLine(row)?.translateToString(true) ?? ''}`,
    );
  }
  return lines;
}

/** Linux and macOS have different `script` programs. */
function scriptArguments(command: string, words: string[]): string[] {
  if (process.platform !== 'linux') return ['-q', '/dev/null', 'sh', '-c', command, 'sh', ...words];
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  return ['-qec', `set -- ${quoted.join(' ')}; ${command}`, '/dev/null'];
}
