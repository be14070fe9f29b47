import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { containsLive } from './contains-live.js';
import { inputsOf } from './inputs.js';

const paths = ['skills/a', 'libs/s'];
const files = ['skills/a/x', 'skills/a/y', 'libs/s/x', 'elsewhere'];
const branches = ['main', 'one', 'two'];

const branch = fc.constantFrom(...branches);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('edit' as const),
      on: branch,
      file: fc.constantFrom(...files),
      line: fc.nat(2),
    }),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({ do: fc.constantFrom('merge', 'squash', 'rebase'), on: branch, from: branch })
      .filter(({ on, from }) => on !== from),
  },
  fc.record({ do: fc.constant('pick' as const), on: branch, from: branch, back: fc.nat(2) }),
  fc.record({ do: fc.constant('revert' as const), on: branch, back: fc.nat(2) }),
  fc.record({ do: fc.constant('delete' as const), on: branch, file: fc.constantFrom(...files) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Lines so far apart that git merges changes of them. */
const place = (line: number) => 1 + line * 6;
const initial = Array.from({ length: 18 }, (_, line) => `${line}\n`).join('');

/** A repository in which the steps of a story run, and the content of its commits, read one by one. */
class Story {
  #edits = 0;
  /** A branch's head, and a commit that has taken it over completely without a conflict. */
  readonly landed: { live: string; by: string }[] = [];
  readonly heads = new Set<string>();

  constructor(readonly repository: Repository) {}

  static async begin(): Promise<Story> {
    const repository = await Repository.create(await tempDirectory());
    await repository.commit(Object.fromEntries(files.map((file) => [file, initial])));
    for (const name of branches.slice(1)) await repository.git('branch', name);
    return new Story(repository);
  }

  async take(step: Step): Promise<void> {
    const { repository } = this;
    await repository.git('switch', '-q', step.on);
    const before = await repository.head('HEAD');
    const from = 'from' in step ? await repository.head(step.from) : undefined;
    const done = await this.#do(step).then(
      () => true,
      () => false,
    );
    // Steps that conflict, or have nothing to do, are undone.
    if (!done) await this.#undo(before, step.on);
    const head = await repository.head('HEAD');
    this.heads.add(head);
    if (!done || from === undefined) return;
    if (step.do === 'squash' || step.do === 'merge') this.landed.push({ live: from, by: head });
    if (step.do === 'rebase') this.landed.push({ live: before, by: head });
  }

  async #do(step: Step): Promise<unknown> {
    const { repository } = this;
    const git = (...args: string[]) => repository.git(...args);
    switch (step.do) {
      case 'edit':
        return repository.commit({ [step.file]: await this.#edited(step.file, step.line) });
      case 'delete':
        return git('rm', '-q', step.file).then(() => git('commit', '-qm', 'delete'));
      case 'pick':
        return git('cherry-pick', '--no-edit', `${step.from}~${step.back}`);
      case 'revert':
        return git('revert', '--no-edit', `HEAD~${step.back}`);
      case 'merge':
        return git('merge', '-q', '--no-edit', step.from);
      case 'squash':
        return git('merge', '-q', '--squash', step.from).then(() => git('commit', '-qm', 'squash'));
      default:
        return git('rebase', '-q', 'from' in step ? step.from : '');
    }
  }

  async #edited(file: string, line: number): Promise<string> {
    const lines = (await this.read('HEAD', file)).split('\n');
    lines[place(line)] = `edit ${(this.#edits += 1)}`;
    return lines.join('\n');
  }

  async #undo(head: string, branch: string): Promise<void> {
    for (const what of ['merge', 'rebase', 'cherry-pick', 'revert'])
      await this.repository.git(what, '--abort').catch(() => '');
    await this.repository.git('switch', '-q', '--discard-changes', branch);
    await this.repository.git('reset', '-q', '--hard', head);
  }

  read(commit: string, file: string): Promise<string> {
    return this.repository.git('show', `${commit}:${file}`);
  }

  async ancestors(commit: string): Promise<string[]> {
    return (await this.repository.git('rev-list', commit)).split('\n');
  }

  /** All lines that the inputs have ever had, up to a commit. */
  async linesUpTo(commits: readonly string[]): Promise<Set<string>> {
    const texts = await Promise.all(
      commits.flatMap((commit) =>
        files
          .filter((file) => paths.some((path) => file.startsWith(path)))
          .map(async (file) =>
            (await this.read(commit, file).catch(() => '')).split('\n').map((line) => `${file} ${line}`),
          ),
      ),
    );
    return new Set(texts.flat());
  }
}

it('is never said of what lacks a line of what is live, and always of what has taken it over', async () => {
  const check = async (steps: Step[]) => {
    const story = await Story.begin();
    for (const one of steps) await story.take(one);
    const cwd = story.repository.directory;
    const heads = [...story.heads].slice(-6);
    for (const commit of heads) {
      const ancestors = await story.ancestors(commit);
      const lines = await story.linesUpTo(ancestors);
      const ids = await Promise.all(ancestors.map((one) => inputsOf({ cwd, commit: one, paths })));
      for (const live of heads) {
        const answer = await containsLive({ cwd, commit, live: { commit: live }, paths });
        const inputs = await inputsOf({ cwd, commit: live, paths });
        const same = JSON.stringify(inputs) === JSON.stringify(ids[0]);
        // Sound: it has seen every line of the live commit.
        const unseen = [...(await story.linesUpTo([live]))].filter((line) => !lines.has(line));
        if (answer.contained) expect(unseen).toEqual([]);
        // Complete: it reports every commit that has taken over the live one, whatever came later.
        const taken = story.landed.some((landing) => landing.live === live && ancestors.includes(landing.by));
        if (same || taken || ancestors.includes(live)) expect(answer.contained).toBe(true);
        else if ((await story.ancestors(live)).includes(commit))
          expect(answer).toMatchObject({ contained: false, because: 'older' });
        // Without the live commit: each path once had its live state, or is not guessed.
        const byInputs = await containsLive({ cwd, commit, live: { inputs }, paths });
        expect(byInputs.contained).toBe(
          paths.every((path) => ids.some((one) => one[path] !== undefined && one[path] === inputs[path])),
        );
      }
    }
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), check), {
    numRuns: process.env['NIGHTLY'] ? 25 : 2,
    endOnFailure: false,
  });
}, 240_000);
