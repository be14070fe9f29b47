import { type App, type Mark, markOf } from '@odoobo/app-platform';
import { foldersWith, repositoryOf, wasEverHere } from '@odoobo/git-flow';

/** A folder with this file is a skill. */
const manifest = 'skill.json';

/** An app whose skill was deleted. */
export interface Orphan {
  app: App;
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
 * @throws GitError when git does not answer
 */
export async function findOrphans(apps: readonly App[], cwd: string): Promise<Orphans | undefined> {
  const repository = await repositoryOf({ cwd });
  if (repository === undefined) return undefined;
  const skills = await foldersWith(manifest, { cwd });
  const orphans: Orphans = { deleted: [], elsewhere: [] };
  for (const app of [...apps].sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1))) {
    const mark = markOf(app.spec) ?? markOf(app.active_deployment?.spec);
    if (!mark || !isOrphan(mark, repository, skills)) continue;
    const wasHere = await wasEverHere({ cwd, folder: mark.skill, file: manifest, commit: mark.commit });
    orphans[wasHere ? 'deleted' : 'elsewhere'].push({ app, skill: mark.skill });
  }
  return orphans;
}

function isOrphan(mark: Mark, repository: string, skills: ReadonlySet<string>): boolean {
  return mark.repository === repository && mark.preview === undefined && !skills.has(mark.skill);
}
