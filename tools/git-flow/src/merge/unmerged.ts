import { type GitOptions, gitOutput } from '@odoobo/machine/git';

/** The commits of some branches that are not merged yet: the history needed to merge those branches one by one. */
export class UnmergedCommits {
  private constructor(readonly parents: Map<string, string[]>) {}

  /**
   * Reads them with one git process, whatever the number of branches. `base...head` makes git find all merge bases
   * of the two and stop at them, even where clocks were wrong and `base..head` alone would go past them.
   * https://git-scm.com/docs/git-rev-list
   * @throws {GitError} when a commit does not exist
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
   * The merge base of this commit. Every merge base is a merged parent of an unmerged commit, so where there is
   * only one such parent it is the only merge base.
   * @returns undefined where there is none, or more than one candidate: then git must decide
   */
  mergeBase(head: string): string | undefined {
    const [base, another] = this.#mergedParents(head);
    return another === undefined ? base : undefined;
  }

  /** Whether it has no history in common with what is merged: neither it nor any of its ancestors is merged. */
  isUnrelated(head: string): boolean {
    return this.has(head) && this.#mergedParents(head).size === 0;
  }

  /** Marks a commit and all its ancestors as merged. */
  markMerged(head: string): void {
    for (const commit of this.#from(head)) this.parents.delete(commit);
  }

  /** Merged parents of this commit and of its unmerged ancestors. */
  #mergedParents(head: string): Set<string> {
    const parents = this.#from(head).flatMap((commit) => this.parents.get(commit) ?? []);
    return new Set(parents.filter((parent) => !this.has(parent)));
  }

  /** This commit and all its unmerged ancestors. */
  #from(head: string): string[] {
    const found = new Set(this.has(head) ? [head] : []);
    // Iterating over a set includes what is added meanwhile.
    for (const commit of found)
      for (const parent of this.parents.get(commit) ?? []) if (this.has(parent)) found.add(parent);
    return [...found];
  }
}
