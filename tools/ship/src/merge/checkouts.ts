import { readCheckout } from '@odoobo/git-flow';
import { gitOutput } from '@odoobo/machine/git';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SkillPlace } from '../manifest/skill-place.js';
import type { Candidate } from './merge-run.js';
import {
  addTemporaryWorkspace,
  type TemporaryWorkspace,
  type TemporaryWorkspaceOptions,
} from './temporary-workspace.js';

/** A skill as it is at the head of its branch. */
export interface HeadPlace {
  place: SkillPlace;
  /** Call it before the skill is built. */
  provide(): Promise<void>;
}

/** Checkouts of the heads of branches. Missing ones are created, and removed at the end. */
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

  /** Also removes those that are still being created when the run is interrupted. */
  async remove(): Promise<void> {
    for (const made of await Promise.allSettled(this.#temporary)) {
      if (made.status === 'fulfilled') await made.value.remove();
    }
  }

  /** The workspace in its worktree, if that is clean: uncommitted changes would not be merged. */
  async #cleanWorktree({ worktree, head }: Candidate): Promise<string | undefined> {
    // Git also lists worktrees that were moved or deleted.
    if (worktree === undefined || !existsSync(worktree)) return undefined;
    const checkout = await readCheckout(worktree);
    if (checkout?.commit !== head || checkout.dirty) return undefined;
    const { workspaceRoot: cwd, signal } = this.options;
    return join(worktree, await gitOutput(['rev-parse', '--show-prefix'], { cwd, signal }));
  }
}
