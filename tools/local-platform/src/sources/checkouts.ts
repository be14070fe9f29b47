import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DeploymentFailure } from '../deployments/failure.js';
import { withoutCredentials } from './clone-url.js';
import { type Git, GitError } from './git.js';
import { mappedOr } from './git-source.js';
import { hashOf } from './hash.js';
import type { KeyedQueue } from './keyed-queue.js';
import { checkOut, type Commit, CommitNotThere } from './mirror.js';
import { submodulesIn } from './submodules.js';

/** Deeper ones are a mistake, or a circle. */
const deepest = 10;

export interface CheckoutsOptions {
  git: Git;
  /** What was fetched before is kept there. */
  mirrors: string;
  /** Of the mapped repositories. */
  repositories: string;
  queue: KeyedQueue;
}

/** The files of commits, those of submodules in their places. */
export class Checkouts {
  constructor(private readonly options: CheckoutsOptions) {}

  /**
   * Creates a folder with the files of a commit, and of its submodules.
   * @param log reports each submodule
   * @throws GitError, CommitNotThere, DeploymentFailure that names the submodule; the reason of `signal`
   */
  async make(
    commit: Commit,
    folder: string,
    log: (line: string) => Promise<void>,
    signal: AbortSignal,
    depth = 0,
  ): Promise<void> {
    const { git, queue } = this.options;
    const mirror = this.mirrorOf(commit.url);
    await mkdir(this.options.mirrors, { recursive: true, mode: 0o700 });
    await queue.run(mirror, signal, () => checkOut(git, mirror, commit, folder, signal));
    for (const { path, url, hash } of await submodulesIn(git, mirror, commit, folder, signal)) {
      if (depth === deepest) throw failed(path, `it is in ${deepest} other submodules`);
      const from = { url: await mappedOr(url, this.options.repositories), branch: undefined, hash };
      try {
        await this.make(from, join(folder, path), log, signal, depth + 1);
      } catch (error) {
        if (error instanceof GitError || error instanceof CommitNotThere)
          throw failed(path, `${withoutCredentials(url)}: ${error.message}`, error);
        throw error;
      }
      await log(`cloned submodule ${path} at commit ${hash.slice(0, 7)}`);
    }
  }

  mirrorOf(url: string): string {
    return join(this.options.mirrors, hashOf(withoutCredentials(url)).slice(0, 32));
  }
}

function failed(path: string, why: string, cause?: unknown): DeploymentFailure {
  return new DeploymentFailure('BuildJobFailed', `Could not read the submodule ${path}: ${why}`, { cause });
}
