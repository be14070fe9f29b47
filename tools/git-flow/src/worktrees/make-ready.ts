import { join } from 'node:path';
import { carryFiles } from '../carry/carry-files.js';
import { marksOf } from '../carry/copy-file.js';
import { findFiles } from '../carry/find-files.js';
import { missingHooks } from '../carry/hooks.js';
import { readNotes, writeNotes } from '../carry/worktree-notes.js';
import { provideDependencies } from '../dependencies/provide-dependencies.js';
import { runIn } from '../dependencies/run-in.js';
import { named } from '../repository/named.js';
import type { Run, Source, WorktreesOptions } from './run.js';
import { quoted, type WorktreeResult } from './worktree.js';

/**
 * Gives a worktree what git does not provide: ignored files, hooks, dependencies; and runs the `postCreate` command in a new one.
 * A failure is reported in addition to the action: the worktree exists and can be used.
 */
export async function makeReady(
  result: WorktreeResult,
  options: WorktreesOptions,
  run: Run,
): Promise<WorktreeResult> {
  try {
    await run.sideBySide(async () => {
      if (run.source) await carry(result, run.source, options, run);
      await provide(result, options, run);
      await runPostCreate(result, options, run);
    });
    return result;
  } catch (error) {
    options.signal.throwIfAborted();
    return { ...result, error };
  }
}

async function carry(
  { skill, path }: WorktreeResult,
  { root, hooks, files }: Source,
  { onWarning, onNotice }: WorktreesOptions,
  { git }: Run,
): Promise<void> {
  if (path === root) return;
  const { copied, differing, exposed } = await carryFiles({ files, from: root, to: path, git });
  const report = (names: string[], what: string, on: (message: string) => void) => {
    if (names.length > 0) on(`${skill}: ${named(names)}: ${what}`);
  };
  report(copied, `copied from ${root}`, onNotice);
  report(differing, `kept; its content in ${root} differs`, onWarning);
  report(exposed, 'not copied: git does not ignore it on this branch, so it could be committed', onWarning);
  if (hooks === undefined) return;
  report(
    await missingHooks(root, path, git),
    `git hooks that do not run in ${path}: core.hooksPath is ${hooks}, a folder of each checkout. Commit them, or let git ignore them and run worktree again`,
    onWarning,
  );
}

async function provide(
  { skill, path }: WorktreeResult,
  { workspace, signal, onWarning }: WorktreesOptions,
  { git }: Run,
): Promise<void> {
  await provideDependencies({
    main: join(git.cwd, workspace),
    worktree: join(path, workspace),
    signal,
    onNotice: (message) => onWarning(`${skill}: ${message}`),
  });
}

/** Runs it once in each new worktree; again when it failed or was interrupted. */
async function runPostCreate(
  { skill, path }: WorktreeResult,
  { postCreate, workspace, carry: rules, signal, onNotice }: WorktreesOptions,
  { git, source }: Run,
): Promise<void> {
  const [file, ...args] = postCreate ?? [];
  if (file === undefined || (await readNotes(path, git)).postCreate === 'done') return;
  onNotice(`${skill}: postCreate: ${[file, ...args].map(quoted).join(' ')}`);
  const output = await runIn(join(path, workspace), file, args, signal);
  if (output !== '') onNotice(output);
  const files = source && (await findFiles({ checkout: path, source: source.root, rules }, git));
  await writeNotes(path, { postCreate: 'done', made: await marksOf(path, files ?? []) }, git);
}
