import { execFile } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';

/** The names of the skills, as git lists their manifests: to ask Nx takes too long where a person waits for it. */
export async function readSkillNames(): Promise<string[]> {
  const manifests = ['--cached', '--others', '--exclude-standard', ':/*skill.json'];
  const { stdout } = await promisify(execFile)('git', ['ls-files', ...manifests]);
  const skills = stdout.split('\n').filter((file) => basename(file) === 'skill.json');
  return skills.map((file) => basename(dirname(file))).sort();
}
