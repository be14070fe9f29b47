import type { LiveApp } from '@odoobo/app-platform';
import { join } from 'node:path';
import { loadManifest } from '../manifest/load-manifest.js';
import type { Status } from '../records/status.js';
import { shortDigest } from '../terminal/format.js';
import type { HeadPlace } from './checkouts.js';
import { type Candidate, shortCommit } from './merge-run.js';

export interface HeadProof extends HeadPlace {
  candidate: Candidate;
  live: LiveApp;
  /** The records of deploys. */
  records: Status;
}

/**
 * Checks that the live version is the head of a branch: a git source by its commit, an artefact by its digest.
 * @throws if it is not, or if that is unknown
 */
export async function proveHead(proof: HeadProof): Promise<void> {
  const { candidate, live } = proof;
  const difference =
    live.commit === undefined ? await artefactDiffers(proof) : commitDiffers(live.commit, candidate);
  if (difference === undefined) return;
  throw new Error(`the live version (deployment ${live.deploymentId}) ${difference}`);
}

function commitDiffers(commit: string, { branch, head }: Candidate): string | undefined {
  if (commit === head) return undefined;
  return `was built from ${shortCommit(commit)}, and ${branch} is at ${shortCommit(head)}`;
}

async function artefactDiffers(proof: HeadProof): Promise<string | undefined> {
  const { candidate, place, live, records } = proof;
  const { branch, head } = candidate;
  if (live.digest === undefined) return 'has no artefact digest, so it was not deployed from this repository';
  if (isRecorded(records, place.skill, head, live.digest)) return undefined;
  const digest = await buildDigest(proof);
  if (digest === live.digest) return undefined;
  return `is artefact ${shortDigest(live.digest)}, and ${shortCommit(head)}, the head of ${branch}, builds to ${shortDigest(digest)}`;
}

/** A deploy has recorded this artefact for this commit. */
function isRecorded({ skills }: Status, skill: string, head: string, digest: string): boolean {
  const recorded = skills[skill];
  return recorded?.commit === head && recorded.digest === digest && recorded.dirty === false;
}

/** A build is byte-reproducible, so it can be repeated for comparison. */
async function buildDigest(proof: HeadProof): Promise<string> {
  const { workspaceRoot, skillRoot } = proof.place;
  // Loaded here, because usually a deploy has recorded the digest.
  const { artefactDigest } = await import('../artefact/build-artefact.js');
  try {
    await proof.provide();
    const manifest = await loadManifest(workspaceRoot, skillRoot);
    if (manifest.buildTarget !== undefined)
      throw new Error(
        `its own target "${manifest.buildTarget}" makes what is shipped. Deploy the branch first`,
      );
    return await artefactDigest(join(workspaceRoot, skillRoot), manifest);
  } catch (cause) {
    const { branch } = proof.candidate;
    throw new Error(
      `no deploy from a clean checkout of ${branch} has recorded the live version, and building ${branch} to compare it failed`,
      { cause },
    );
  }
}
