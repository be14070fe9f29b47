import { addTemporaryCheckout, provideDependencies } from '@odoobo/git-flow';
import { claim } from '@odoobo/machine/claim';
import { gitOutput } from '@odoobo/machine/git';
import { basename, join } from 'node:path';
import { workspaceFolders } from '../records/workspace-folders.js';

export interface TemporaryWorkspaceOptions {
  workspaceRoot: string;
  signal: AbortSignal;
  onWarning: (message: string) => void;
}

/** This workspace at a commit, in a temporary folder. */
export interface TemporaryWorkspace {
  /** Absolute. */
  root: string;
  /** Checks out another commit, with the packages that it needs. */
  checkOut(commit: string): Promise<void>;
  /** Provides the packages that it needs: needed only if something is built or run there. */
  provide(): Promise<void>;
  remove(): Promise<void>;
}

/** @throws when git cannot check the commit out */
export async function addTemporaryWorkspace(
  commit: string,
  { workspaceRoot: main, signal, onWarning }: TemporaryWorkspaceOptions,
): Promise<TemporaryWorkspace> {
  const options = { cwd: main, signal };
  // The workspace may be a folder of its repository.
  const prefix = await gitOutput(['rev-parse', '--show-prefix'], options);
  const held = await claim(join(workspaceFolders(main).claims, 'worktrees.jsonl'), { signal });
  const checkout = await addTemporaryCheckout(commit, options).finally(() => held.release());
  const root = join(checkout.directory, prefix);
  const onNotice = (message: string) => onWarning(`${basename(main)} at ${commit}: ${message}`);
  const provide = () => provideDependencies({ main, worktree: root, signal, onNotice });
  return {
    root,
    provide,
    remove: checkout.remove,
    async checkOut(other) {
      await checkout.checkOut(other);
      await provide();
    },
  };
}
