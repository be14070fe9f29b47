import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from './poll.js';
import { nxPath, outerEnvironment, type Workspace } from './workspace.js';

/** Nx in a terminal, as a person runs it. */
export interface TerminalRun {
  /** Everything that the terminal got, escape codes included. */
  output(): string;
  says(text: string): Promise<void>;
  /** Presses keys: `\u0003` is Ctrl-C. */
  type(keys: string): void;
  /** Waits until the shell is back, and tells the exit code of Nx. */
  exitCode(): Promise<number>;
}

/** Runs Nx in a terminal of its own, by `script` of the system. */
export function inTerminal(
  workspace: Workspace,
  args: string[],
  { columns = 100, rows = 30 } = {},
): TerminalRun {
  // Ctrl-C reaches the shell too, which has to live on to tell the exit code, as that of a person does.
  const command = 'stty cols "$1" rows "$2"; shift 2; trap : INT; "$@"; echo "exit code $?"';
  const words = [String(columns), String(rows), process.execPath, nxPath, ...args];
  const run = spawn('script', scriptArguments(command, words), {
    cwd: workspace.root,
    env: { ...outerEnvironment(), ...workspace.env, NO_COLOR: '', TERM: 'xterm-256color' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  run.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = once(run, 'close');
  return {
    output: () => output,
    says: async (text) =>
      void (await until(`the terminal says "${text}"`, async () => output.includes(text))),
    type: (keys) => void run.stdin.write(keys),
    exitCode: async () => {
      await ended;
      return Number(/exit code (\d+)/.exec(output)?.[1] ?? -1);
    },
  };
}

/** Linux and macOS have each a `script` of their own. */
function scriptArguments(command: string, words: string[]): string[] {
  if (process.platform !== 'linux') return ['-q', '/dev/null', 'sh', '-c', command, 'sh', ...words];
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  return ['-qec', `set -- ${quoted.join(' ')}; ${command}`, '/dev/null'];
}
