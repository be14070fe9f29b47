import { addTemporaryCheckout, gitOutput, readCheckout, type TemporaryCheckout } from '@odoobo/git-flow';
import { join } from 'node:path';
import pLimit from 'p-limit';
import type { SkillPlace } from '../skill-root.js';
import type { Candidate } from './candidate.js';

/** Folders that hold exactly what the heads of branches hold. Where nobody has one, it is made, and removed at the end. */
export class Checkouts {
  readonly #temporary: TemporaryCheckout[] = [];
  /** Git makes checkouts one at a time: some of those that are made at once fail. */
  readonly #oneAtATime = pLimit(1);

  constructor(
    readonly workspaceRoot: string,
    readonly signal: AbortSignal,
  ) {}

  /** The skill as it is at the head of its branch. */
  async placeOf(candidate: Candidate): Promise<SkillPlace> {
    // The workspace may be a folder of its repository.
    const prefix = await gitOutput(['rev-parse', '--show-prefix'], this.#git);
    const directory =
      (await cleanWorktree(candidate)) ?? (await this.#oneAtATime(() => this.#add(candidate.head)));
    return { ...candidate.place, workspaceRoot: join(directory, prefix) };
  }

  async remove(): Promise<void> {
    for (const checkout of this.#temporary.splice(0)) await checkout.remove();
  }

  async #add(commit: string): Promise<string> {
    const checkout = await addTemporaryCheckout(commit, this.#git);
    this.#temporary.push(checkout);
    return checkout.directory;
  }

  get #git() {
    return { cwd: this.workspaceRoot, signal: this.signal };
  }
}

/** What is not committed is no part of what would land. */
async function cleanWorktree({ worktree, head }: Candidate): Promise<string | undefined> {
  if (worktree === undefined) return undefined;
  const checkout = await readCheckout(worktree);
  return checkout?.commit === head && !checkout.dirty ? worktree : undefined;
}
