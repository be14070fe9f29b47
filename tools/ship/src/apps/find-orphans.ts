import { type App, type Mark, markOf } from '@odoobo/app-platform';
import { filesNamed, type FoundFile, isInHistory, repositoryOf, wasEverHere } from '@odoobo/git-flow';
import { basename, dirname } from 'node:path';
import { manifestFile, manifestIn, sharedFiles } from '../manifest/find-manifests.js';
import { identityIn } from '../manifest/read-identity.js';
import { defaultPlacement } from '../placement/environment.js';
import { isNamed, namedPlacements } from '../placement/named-placements.js';

/** An app whose skill or placement was deleted. */
export interface Orphan {
  app: App;
  /** The skill as records and refs name it. */
  skill: string;
  /** The placement that no file has any more; undefined if the skill itself is gone. */
  placement?: string;
}

export interface Orphans {
  /** By name. */
  deleted: Orphan[];
  /** Apps of skills that are in no working tree, but that this branch never had: they may be someone's work. */
  elsewhere: Orphan[];
}

/**
 * Finds the apps that were made from this repository and whose skill is gone: no working tree has it, committed or not.
 * A renamed skill counts as gone. Previews are not included: they are deleted with their pull request.
 * @returns undefined if the checkout does not show which repository it belongs to
 * @throws GitError when git does not answer; for a manifest that cannot be read, whose app would look like an orphan
 */
export async function findOrphans(apps: readonly App[], cwd: string): Promise<Orphans | undefined> {
  const repository = await repositoryOf({ cwd });
  if (repository === undefined) return undefined;
  const skills = new Set((await filesNamed([manifestFile, ...sharedFiles], { cwd })).flatMap(skillIn));
  const placed = apps.some((app) => markIn(app)?.placement !== undefined);
  const placements = placed ? await namedPlacements(cwd) : new Set<string>();
  const orphans: Orphans = { deleted: [], elsewhere: [] };
  for (const app of [...apps].sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1))) {
    const mark = markIn(app);
    if (!mark || mark.repository !== repository || mark.preview !== undefined) continue;
    const { skill, placement } = mark;
    if (!skills.has(skillOf(mark))) {
      const origin = { cwd, folder: skillOf(mark), file: manifestFile, commit: mark.commit };
      orphans[(await wasEverHere(origin)) ? 'deleted' : 'elsewhere'].push({ app, skill });
    } else if (placement && !isNamed(placement, placements)) {
      // Its file has other placements, too, so only the commit can say whether it was on this branch.
      const wasHere = mark.commit !== undefined && (await isInHistory(mark.commit, { cwd }));
      const orphan = { app, skill, placement: placement.name ?? defaultPlacement };
      orphans[wasHere ? 'deleted' : 'elsewhere'].push(orphan);
    }
  }
  return orphans;
}

function markIn({ spec, active_deployment }: App): Mark | undefined {
  return markOf(spec) ?? markOf(active_deployment?.spec);
}

/** The name of the skill that a file is the manifest of. */
function skillIn({ path, text }: FoundFile): string[] {
  const manifest = manifestIn(text, basename(path));
  if (!manifest) return [];
  if (!manifest.error) return [identityIn(manifest, dirname(path)).id];
  throw new Error(
    `${path} is not valid JSON, so its skill cannot be told from a deleted one. Fix it first.`,
    {
      cause: manifest.error,
    },
  );
}

/** The `id` of the skill. In a placement, `skill` is the name of the app. */
function skillOf({ skill, placement }: Mark): string {
  return placement?.of ?? skill;
}
