import type { Mark, Refusal } from '@odoobo/app-platform';
import { type Checkout, type Containment, named } from '@odoobo/git-flow';
import { gitOutput } from '@odoobo/machine/git';
import { join } from 'node:path/posix';
import { findManifests, manifestIn } from '../manifest/find-manifests.js';
import { identityIn } from '../manifest/read-identity.js';
import { printable } from '../terminal/printable.js';
import { commandsAgain } from './again.js';
import type { DeployOptions } from './options.js';
import type { PlacedTask } from './place-tasks.js';
import { origin } from './provenance.js';

/** Cause codes of these refusals. */
export const orderCodes = {
  /** The live commit is a descendant of the one to be shipped. */
  older: 'OlderThanLive',
  /** The live commit and the one to be shipped have diverged. */
  diverged: 'DivergedFromLive',
  /** The live commit is not known here. */
  notFound: 'LiveNotFound',
} as const;

/** What is known about the live version. */
export interface Live {
  commit: string;
  /** The mark of its write; undefined if only the platform names the commit. */
  mark: Mark | undefined;
}

/** What would be shipped instead. */
export interface Shipped {
  task: PlacedTask;
  checkout: Checkout;
  options: DeployOptions;
}

export type NotContained = Extract<Containment, { contained: false }>;

/** Says what is live, what would be lost, and what to do: fetch it, or replace it anyway. */
export async function orderRefusal(
  live: Live,
  { task, checkout, options }: Shipped,
  containment: NotContained,
): Promise<Refusal> {
  const shipped = describeCheckout(checkout);
  const anyway = replaceAnyway(task, options);
  switch (containment.because) {
    case 'older': {
      const newer = `the live deployment is ${await describeLive(live, containment.live.subject, task)}, which is newer than ${shipped}`;
      const wayOut = `Deploy a version that contains it (git pull, or git merge ${short(live.commit)}), or go back to the older version: ${anyway}`;
      const message = `${newer}: they differ in ${named(containment.files.map(printable))}. ${wayOut}`;
      return { code: orderCodes.older, message };
    }
    case 'diverged': {
      const other = `the live deployment is ${await describeLive(live, containment.live.subject, task)}, and ${shipped} does not contain it`;
      const wayOut = `Merge it first (git merge ${short(live.commit)}), or replace it anyway: ${anyway}`;
      const message = `${other}: its changes in ${named(containment.files.map(printable))} would be lost. ${wayOut}`;
      return { code: orderCodes.diverged, message };
    }
    case 'unknown-commit': {
      const why = `this clone does not have it, and no ancestor of ${shipped} has the live version of ${named(containment.paths.map(printable))}`;
      return notFound(live, why, `Fetch it: git fetch ${origin}. Or replace it anyway: ${anyway}`);
    }
    case 'shallow': {
      const wayOut = `Fetch the rest: git fetch --unshallow. Or replace it anyway: ${anyway}`;
      return notFound(live, 'this clone is shallow', wayOut);
    }
  }
}

/** Refuses if it is unknown whether the live version would be lost. */
export function notFound({ commit, mark }: Live, why: string, wayOut: string): Refusal {
  const message = `the live deployment is commit ${short(commit)}${shippedBy(mark)}; ${why}, so its changes might be lost. ${wayOut}`;
  return { code: orderCodes.notFound, message };
}

/** The command that replaces it anyway. */
export function replaceAnyway(task: PlacedTask, options: DeployOptions): string {
  const which = options.preview === undefined ? '' : ` --preview=${options.preview}`;
  const where = options.worktrees ? ' --worktrees' : '';
  return `${commandsAgain(task, options)('deploy')}${which}${where} --allow-older`;
}

/** `version 0.4.0 of commit e9e3f30aa1b2 ("Release 0.4.0"), shipped by Ann`. */
async function describeLive({ commit, mark }: Live, subject: string, task: PlacedTask): Promise<string> {
  const version = await versionAt(commit, task);
  const of = version === undefined ? '' : `version ${printable(version)} of `;
  return `${of}commit ${short(commit)} ("${printable(subject)}")${shippedBy(mark)}`;
}

function shippedBy(mark: Mark | undefined): string {
  const by = mark?.by === undefined ? '' : `, shipped by ${printable(mark.by)}`;
  return mark?.dirty ? `${by} with uncommitted changes` : by;
}

/** `main at e9e3f30aa1b2`. */
function describeCheckout({ branch, commit }: Checkout): string {
  return branch === undefined ? `commit ${short(commit)}` : `${branch} at ${short(commit)}`;
}

/** The version that a commit gives to a skill; undefined if its manifest cannot be read there. */
async function versionAt(commit: string, task: PlacedTask): Promise<string | undefined> {
  const [manifest] = findManifests(join(task.workspaceRoot, task.skillRoot));
  if (!manifest) return undefined;
  const file = `${commit}:./${join(task.skillRoot, manifest.file)}`;
  try {
    const text = await gitOutput(['show', file], { cwd: task.workspaceRoot });
    return identityIn(manifestIn(text, manifest.file), task.skillRoot).version;
  } catch {
    return undefined;
  }
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
