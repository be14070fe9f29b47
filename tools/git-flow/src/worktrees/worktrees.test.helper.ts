import { join } from 'node:path';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { createWorktrees } from './create-worktrees.js';
import { type RemoveOptions, removeWorktrees } from './remove-worktrees.js';
import type { WorktreesOptions } from './run.js';
import type { WorktreeRequest, WorktreeResult } from './worktree.js';

/** A repository with an origin, and a folder for the worktrees of its skills. */
export class Workshop {
  readonly warnings: string[] = [];
  readonly notices: string[] = [];

  private constructor(
    readonly repository: Repository,
    readonly base: string,
  ) {}

  static async open(): Promise<Workshop> {
    const folder = await tempDirectory();
    return new Workshop(await Repository.withOrigin(folder), join(folder, 'worktrees'));
  }

  path(skill: string): string {
    return join(this.base, skill);
  }

  /** The worktree of a skill, to work in. */
  worktree(skill: string): Repository {
    return new Repository(this.path(skill));
  }

  request(skill: string): WorktreeRequest {
    return { skill, branch: `skill/${skill}`, path: this.path(skill) };
  }

  options(more: Partial<WorktreesOptions> = {}): WorktreesOptions {
    return {
      cwd: this.repository.directory,
      workspace: '',
      signal: new AbortController().signal,
      defaultBranch: 'main',
      claim: async () => ({ release: async () => {} }),
      carry: { never: [] },
      onWarning: (message) => void this.warnings.push(message),
      onNotice: (message) => void this.notices.push(message),
      ...more,
    };
  }

  create(skills: readonly string[], more: Partial<WorktreesOptions> = {}): Promise<WorktreeResult[]> {
    return this.createAt(
      skills.map((skill) => this.request(skill)),
      more,
    );
  }

  createAt(
    requests: readonly WorktreeRequest[],
    more: Partial<WorktreesOptions> = {},
  ): Promise<WorktreeResult[]> {
    return createWorktrees(requests, this.options(more));
  }

  /** The result for one skill: its action, or the error. */
  async createOne(skill: string): Promise<string> {
    const [result] = await this.create([skill]);
    return result?.action ?? String(result?.error);
  }

  removal(more: Partial<RemoveOptions> = {}): RemoveOptions {
    const mergeCommand = (skill: string) => `npx nx merge ${skill}`;
    return { ...this.options(), onRemove: async () => {}, mergeCommand, ...more };
  }

  async removeOne(skill: string, more: Partial<RemoveOptions> = {}): Promise<string> {
    const [result] = await removeWorktrees([this.request(skill)], this.removal(more));
    return result?.action ?? String(result?.error);
  }
}
