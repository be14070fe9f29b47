import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withDeadline } from '@odoobo/machine/time';
import { hostPath } from '../process/host-path.js';
import type { Commands } from './commands.js';
import { gitProtocols, redactUrl } from './clone-url.js';

/** git ended with another exit code than 0. */
export class GitError extends Error {
  override name = 'GitError';
}

export interface GitOptions {
  signal: AbortSignal;
  deadlineMs: number;
  /** The URL that the command talks to; its credentials are kept out of what git says. */
  url?: string;
  /** Added to the environment. */
  env?: Record<string, string>;
}

/**
 * What of this process's environment git is given: how the person is known to hosts, and how those are reached. None of
 * the GIT_* names: they would point it to another repository, or let it run a program.
 */
const handedOn =
  /^(HOME|USER|LOGNAME|TMPDIR|SSH_AUTH_SOCK|XDG_CONFIG_HOME|SSL_CERT_FILE|SSL_CERT_DIR|(https?|all|no)_proxy)$/i;

/** Nothing is asked: there is nobody to answer. Nothing that a repository brings along is run. */
const unattended = ['core.hooksPath=/dev/null', 'core.askPass=', 'gc.auto=0', 'maintenance.auto=false'];

/**
 * Runs git as a process group of its own, so that nothing of it outlives its deadline: simple-git, which the workspace
 * has, would end git alone and leave the ssh or the https helper that it started.
 */
export class Git {
  constructor(
    private readonly commands: Commands,
    /** For what git prints; no repository around it is looked at. */
    private readonly folder: string,
  ) {}

  /** @returns what git prints. @throws GitError with its last words; DeadlineError; the reason of the signal. */
  async run(
    args: readonly string[],
    { signal, deadlineMs, url = '', env = {} }: GitOptions,
  ): Promise<string> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const output = join(this.folder, `${randomUUID()}.txt`);
    const command = ['git', ...unattended.flatMap((setting) => ['-c', setting]), ...args];
    try {
      const exit = await withDeadline(deadlineMs, signal, (within) =>
        this.commands.run(
          // Hooks and helpers of the repository do not run, and this happens every two seconds where pushes are watched.
          { command, cwd: this.folder, env: { ...this.#env(), ...env }, output, leavesNothing: true },
          within,
        ),
      );
      const printed = redactUrl(await readFile(output, 'utf8'), url);
      if (exit.code === 0) return printed;
      throw new GitError(
        lastWords(printed) || `git ${args[0]} ended with ${exit.signal ?? `code ${exit.code}`}`,
      );
    } finally {
      await rm(output, { force: true });
    }
  }

  #env(): Record<string, string> {
    const own = Object.entries(process.env).filter(([name]) => handedOn.test(name));
    return {
      ...(Object.fromEntries(own) as Record<string, string>),
      PATH: hostPath(),
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      SSH_ASKPASS_REQUIRE: 'never',
      GIT_ALLOW_PROTOCOL: gitProtocols.join(':'),
      GIT_CEILING_DIRECTORIES: dirname(this.folder),
    };
  }
}

/** What git says in the end is why it gave up; before it may come its progress. */
function lastWords(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const fatal = lines.filter((line) => /^(fatal|error|remote|ERROR|Permission|ssh)/.test(line));
  return (fatal.length > 0 ? fatal : lines).slice(-3).join(' ');
}
