import { serveSkill } from '@odoobo/skill-kit';
import manifest from '../skill.json' with { type: 'json' };
import { nlSqlSkill } from './skill.js';

/** Serves the skill; `bundle` is the file that SQLite's threads are started from. */
export async function serve(bundle: URL): Promise<void> {
  await serveSkill(manifest, nlSqlSkill(process.env, bundle));
}
