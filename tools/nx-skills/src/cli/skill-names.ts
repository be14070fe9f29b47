import { gitOutput } from '@odoobo/machine/git';
import { readIdentity } from '@odoobo/ship/manifest/read-identity';
import { basename, dirname } from 'node:path';

/** The names of the skills, from the manifests that git lists: for shell completion Nx is too slow. */
export async function readSkillNames(): Promise<string[]> {
  const manifests = ['--cached', '--others', '--exclude-standard', ':/*skill.json'];
  const files = await gitOutput(['ls-files', ...manifests], { cwd: process.cwd() });
  const skills = files.split('\n').filter((file) => basename(file) === 'skill.json');
  const root = await gitOutput(['rev-parse', '--show-toplevel'], { cwd: process.cwd() });
  return skills.map((file) => readIdentity(root, dirname(file)).id).sort();
}
