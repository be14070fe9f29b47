import { foreignRepository, git, GitError } from '@odoobo/machine/git';
import { DeadlineError } from '@odoobo/machine/time';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hostPath } from '../process/host-path.js';
import { markEnvironment } from '../process/mark.js';
import { markOf } from '../process/platform-processes.js';
import type { Layout } from '../state/layout.js';
import { gitProtocols, redactUrl } from './clone-url.js';

export { GitError };

export interface GitOptions {
  signal: AbortSignal;
  deadlineMs: number;
  /** The URL that the command talks to; its credentials are kept out of what git says. */
  url?: string;
  /** Added to the environment. */
  env?: Record<string, string>;
}

/** Git for repositories that a spec names. Its processes carry the platform's mark, by which the next server finds and ends them. */
export class Git {
  /** No repository around it is used. */
  readonly #folder: string;
  readonly #env: Record<string, string>;

  constructor(layout: Layout) {
    this.#folder = join(layout.buildCache, 'git');
    this.#env = {
      ...markEnvironment(markOf(layout, 'command', 'git')),
      PATH: hostPath(),
      GIT_ALLOW_PROTOCOL: gitProtocols.join(':'),
      GIT_CEILING_DIRECTORIES: dirname(this.#folder),
    };
  }

  /** @returns what git prints. @throws GitError with its last words; DeadlineError; the reason of the signal. */
  async run(args: readonly string[], { signal, deadlineMs, url = '', env }: GitOptions): Promise<string> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const { exitCode, stdout, stderr } = await git(args, {
      cwd: this.#folder,
      policy: foreignRepository,
      env: { ...this.#env, ...env },
      timeoutMs: deadlineMs,
      signal,
    }).catch((error: unknown) => {
      throw error instanceof GitError && error.cause instanceof DeadlineError ? error.cause : error;
    });
    if (exitCode === 0) return stdout;
    throw new GitError(lastWords(redactUrl(stderr, url)) || `git ${args[0]} ended with code ${exitCode}`);
  }
}

/** The end of git's output is the reason why it failed; its progress may come before. */
function lastWords(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const fatal = lines.filter((line) => /^(fatal|error|remote|ERROR|Permission|ssh)/.test(line));
  return (fatal.length > 0 ? fatal : lines).slice(-3).join(' ');
}
