import { type App, type Mark, markOf } from '@odoobo/app-platform';
import { filesNamed, type FoundFile, repositoryOf, wasEverHere } from '@odoobo/git-flow';
import { basename, dirname } from 'node:path';
import { manifestFile, manifestIn, sharedFiles } from '../manifest/find-manifests.js';
import { identityIn } from '../manifest/read-identity.js';

/** An app whose skill was deleted. */
export interface Orphan {
  app: App;
  /** The skill as records and refs name it. */
  skill: string;
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
  const orphans: Orphans = { deleted: [], elsewhere: [] };
  for (const app of [...apps].sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1))) {
    const mark = markOf(app.spec) ?? markOf(app.active_deployment?.spec);
    if (!mark || !isOrphan(mark, repository, skills)) continue;
    const folder = skillOf(mark);
    const wasHere = await wasEverHere({ cwd, folder, file: manifestFile, commit: mark.commit });
    orphans[wasHere ? 'deleted' : 'elsewhere'].push({ app, skill: mark.skill });
  }
  return orphans;
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

function isOrphan(mark: Mark, repository: string, skills: ReadonlySet<string>): boolean {
  return mark.repository === repository && mark.preview === undefined && !skills.has(skillOf(mark));
}

/** The `id` of the skill. In a placement, `skill` is the name of the app. */
function skillOf({ skill, placement }: Mark): string {
  return placement?.of ?? skill;
}
