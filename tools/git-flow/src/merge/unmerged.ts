import { gitOutput, type GitOptions } from '@odoobo/machine/git';

/** The commits of some branches that are not merged yet: all the history that it takes to merge those branches one by one. */
export class UnmergedCommits {
  private constructor(readonly parents: Map<string, string[]>) {}

  /**
   * Reads them by one process of git, whatever the number of branches. To ask for `base...head` makes git look for all merge
   * bases of the two, and stop at them, also where clocks were wrong and `base..head` alone would go past them.
   * https://git-scm.com/docs/git-rev-list
   *
   * @throws {GitError} when a commit is not there
   */
  static async read(base: string, heads: readonly string[], options: GitOptions): Promise<UnmergedCommits> {
    const input = [`^${base}`, ...heads.map((head) => `${base}...${head}`), ''].join('\n');
    const lines = (await gitOutput(['rev-list', '--parents', '--stdin'], { ...options, input })).split('\n');
    const commits = lines.filter(Boolean).map((line) => line.split(' '));
    return new UnmergedCommits(new Map(commits.map(([commit = '', ...parents]) => [commit, parents])));
  }

  has(commit: string): boolean {
    return this.parents.has(commit);
  }

  /**
   * The commit that a merge of this one goes by. Every merge base is a merged parent of an unmerged commit, so where there is
   * only one such parent it is the only merge base.
   *
   * @returns undefined where there is none, or more than one candidate: then git is to be asked
   */
  mergeBase(head: string): string | undefined {
    const [base, another] = this.#mergedParents(head);
    return another === undefined ? base : undefined;
  }

  /** Whether it has no history in common with what is merged: nothing that it is built on is merged, and it is not itself. */
  isUnrelated(head: string): boolean {
    return this.has(head) && this.#mergedParents(head).size === 0;
  }

  /** From now on this one, and all that it is built on, is merged. */
  markMerged(head: string): void {
    for (const commit of this.#from(head)) this.parents.delete(commit);
  }

  /** Merged commits that this one, or an unmerged one that it is built on, directly follows. */
  #mergedParents(head: string): Set<string> {
    const parents = this.#from(head).flatMap((commit) => this.parents.get(commit) ?? []);
    return new Set(parents.filter((parent) => !this.has(parent)));
  }

  /** This one, and all unmerged commits that it is built on. */
  #from(head: string): string[] {
    const found = new Set(this.has(head) ? [head] : []);
    // A set also goes through what is added meanwhile.
    for (const commit of found)
      for (const parent of this.parents.get(commit) ?? []) if (this.has(parent)) found.add(parent);
    return [...found];
  }
}
