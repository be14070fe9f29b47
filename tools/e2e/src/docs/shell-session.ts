import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** The output and the exit code of a block. */
export interface BlockEnd {
  exitCode: number;
  output: string;
}

/** Reads the names of scripts and runs each in the same shell, so that its effects, such as the working folder, last for the next. */
const loop =
  'while read -r block <&3; do exec > "$block.out" 2>&1 < /dev/null; . "$block"; echo ended >&4; done';

/** A shell that stays open, as for a reader who goes through a page from top to bottom. A command that fails ends it. */
export class ShellSession {
  #blocks = 0;

  private constructor(
    private readonly folder: string,
    private readonly shell: ChildProcess,
    private readonly scripts: Writable,
    private readonly ends: Readable,
    private readonly exit: Promise<number>,
  ) {}

  /** @param env the whole environment */
  static async open(cwd: string, env: NodeJS.ProcessEnv): Promise<ShellSession> {
    const folder = await mkdtemp(join(tmpdir(), 'session-'));
    const stdio = ['ignore', 'ignore', 'inherit', 'pipe', 'pipe'] as const;
    const shell = spawn('sh', ['-eu', '-c', loop], { cwd, env, stdio: [...stdio] });
    const exit = once(shell, 'exit').then(([code]) => Number(code ?? 1));
    return new ShellSession(folder, shell, shell.stdio[3] as Writable, shell.stdio[4] as Readable, exit);
  }

  /** Runs a script after the earlier ones. */
  async run(script: string): Promise<BlockEnd> {
    if (this.shell.exitCode !== null) throw new Error('An earlier block has ended this shell.');
    this.#blocks += 1;
    const file = join(this.folder, `${this.#blocks}.sh`);
    await writeFile(file, script);
    this.scripts.write(`${file}\n`);
    const ended = once(this.ends, 'data').then(() => 0);
    const exitCode = await Promise.race([ended, this.exit]);
    return { exitCode, output: await readFile(`${file}.out`, 'utf8') };
  }

  async close(): Promise<void> {
    this.scripts.end();
    await this.exit;
    await rm(this.folder, { recursive: true, force: true });
  }
}
