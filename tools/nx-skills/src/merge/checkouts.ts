import { readCheckout } from '@odoobo/git-flow';
import { gitOutput } from '@odoobo/machine/git';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SkillPlace } from '../manifest/load-manifest.js';
import type { Candidate } from './merge-run.js';
import {
  addTemporaryWorkspace,
  type TemporaryWorkspace,
  type TemporaryWorkspaceOptions,
} from './temporary-workspace.js';

/** A skill as it is at the head of its branch. */
export interface HeadPlace {
  place: SkillPlace;
  /** To be called before it is built. */
  provide(): Promise<void>;
}

/** Folders that hold exactly what the heads of branches hold. Where nobody has one, it is made, and removed at the end. */
export class Checkouts {
  readonly #temporary: Promise<TemporaryWorkspace>[] = [];

  constructor(readonly options: TemporaryWorkspaceOptions) {}

  async at(candidate: Candidate): Promise<HeadPlace> {
    const clean = await this.#cleanWorktree(candidate);
    if (clean !== undefined)
      return { place: { ...candidate.place, workspaceRoot: clean }, provide: async () => {} };
    const adding = addTemporaryWorkspace(candidate.head, this.options);
    this.#temporary.push(adding);
    const temporary = await adding;
    return { place: { ...candidate.place, workspaceRoot: temporary.root }, provide: temporary.provide };
  }

  /** Those too that are still being made, as when the run is interrupted. */
  async remove(): Promise<void> {
    for (const made of await Promise.allSettled(this.#temporary)) {
      if (made.status === 'fulfilled') await made.value.remove();
    }
  }

  /** The workspace in it. What is not committed there is no part of what would land. */
  async #cleanWorktree({ worktree, head }: Candidate): Promise<string | undefined> {
    // Git also tells of one that was moved or deleted.
    if (worktree === undefined || !existsSync(worktree)) return undefined;
    const checkout = await readCheckout(worktree);
    if (checkout?.commit !== head || checkout.dirty) return undefined;
    const { workspaceRoot: cwd, signal } = this.options;
    return join(worktree, await gitOutput(['rev-parse', '--show-prefix'], { cwd, signal }));
  }
}
