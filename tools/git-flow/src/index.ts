export {
  readCheckout,
  readCommit,
  readHead,
  type Checkout,
  type CommitAbout,
} from './repository/checkout.js';
export { provideDependencies, type DependenciesOptions } from './dependencies/provide-dependencies.js';
export { pushBranch, remoteHead, type PushBranchOptions } from './remotes/push-branch.js';
export { RemoteError, type RemoteTrouble } from './remotes/remote-error.js';
export { readRemotes, remoteUrl, shownUrl } from './remotes/remotes.js';
export { containsLive, type Containment, type ContainsLiveOptions } from './live/contains-live.js';
export { dirtyPaths, type DirtyPath, type DirtyPathsOptions } from './live/dirty-paths.js';
export { inputsOf, type Inputs, type InputsOptions } from './live/inputs.js';
export { wasRewritten, type WasRewrittenOptions } from './live/rewritten.js';
export { readBranches, type BranchHead } from './merge/branches.js';
export type { CheckResult, CombinationCheck } from './merge/combine.js';
export { findBranches, type FindBranchesOptions, type FoundBranch } from './merge/find-branches.js';
export { mergeBranches, type MergeBranchesOptions } from './merge/merge-branches.js';
export type { BranchToMerge, LocalBranch, MergeReport, MergeResult } from './merge/result.js';
export { addTemporaryCheckout, type TemporaryCheckout } from './merge/temporary-checkout.js';
export {
  keepDeployed,
  readDeployed,
  type CommitToKeep,
  type DeployedCommit,
  type KeepDeployedOptions,
} from './live/deployed-refs.js';
export { anchorJournal, readAnchors, type JournalAnchor } from './live/journal-anchors.js';
export { keepFreeze, readFreeze, type DeployFreeze } from './live/deploy-freeze.js';
export {
  filesNamed,
  isInHistory,
  wasEverHere,
  type FolderOrigin,
  type FoundFile,
} from './repository/files-named.js';
export {
  firstCommit,
  provideCommit,
  repositoryOf,
  userName,
  type ProvideCommitOptions,
} from './repository/repository.js';
export { changedSince, commonBase, differsFrom, type SinceDeployed } from './live/since-deployed.js';
export { committedAt } from './repository/committed-at.js';
export { named } from './repository/named.js';
export { uncommittedFiles, type UncommittedOptions } from './repository/uncommitted.js';
export { commitForUncommitted, type StandInOptions } from './live/stand-in.js';
export { createWorktrees } from './worktrees/create-worktrees.js';
export { removeWorktrees, type RemoveOptions } from './worktrees/remove-worktrees.js';
export { listWorktrees, type ListedWorktree } from './worktrees/worktree-list.js';
export type { WorktreesOptions } from './worktrees/run.js';
export { openStandings, type Standing, type Standings } from './worktrees/standing.js';
export {
  quoted,
  type WorktreeAction,
  type WorktreeRequest,
  type WorktreeResult,
} from './worktrees/worktree.js';
export { findDefaultBranch, type DefaultBranch } from './worktrees/default-branch.js';
