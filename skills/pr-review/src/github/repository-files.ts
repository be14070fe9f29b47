import { SkillError } from '@odoobo/skill-kit';
import * as z from 'zod';
import type { WholeFiles } from '../diff/whole-files.js';
import type { GitHub } from './client.js';

const maxFileBytes = 4 * 1024 * 1024;

/** Every read is a request of the hourly 5,000 (60 without a token). Files beyond it are judged by what the diff shows. */
const maxReads = 60;
const maxReadsWithoutToken = 20;

const folderSchema = z.array(z.object({ name: z.string() }));

/** The files of a repository at a commit; those of a fork's pull request are found in the repository it is for. */
export function repositoryFiles(github: GitHub, repository: string, commit: string): WholeFiles {
  const folders = new Map<string, Promise<string[]>>();
  let left = github.hasToken ? maxReads : maxReadsWithoutToken;
  const contents = (path: string) => `/repos/${repository}/contents${path}?ref=${commit}`;
  return {
    async read(path) {
      if (!isPlain(path) || left === 0) return undefined;
      left -= 1;
      return readText(github, contents(encoded(path)));
    },
    list(folder) {
      const known =
        folders.get(folder) ?? listFolder(github, contents(folder === '.' ? '' : encoded(folder)));
      folders.set(folder, known);
      return known;
    },
  };
}

async function readText(github: GitHub, path: string): Promise<string | undefined> {
  try {
    const answer = await github.send({
      path,
      accept: 'application/vnd.github.raw+json',
      maxBytes: maxFileBytes,
    });
    if (answer.ok) return answer.body.includes('\0') ? undefined : answer.body;
    if (answer.status === 404) return undefined;
    throw github.errorOf(answer);
  } catch (error) {
    if (error instanceof SkillError && error.code === 'too_large') return undefined;
    throw error;
  }
}

async function listFolder(github: GitHub, path: string): Promise<string[]> {
  const answer = await github.send({ path });
  if (answer.status === 404) return [];
  if (!answer.ok) throw github.errorOf(answer);
  // A file of that name is answered as an object.
  const entries = folderSchema.safeParse(JSON.parse(answer.body));
  return entries.success ? entries.data.map(({ name }) => name) : [];
}

function encoded(path: string): string {
  return path
    .split('/')
    .map((part) => `/${encodeURIComponent(part)}`)
    .join('');
}

/** Git has no such paths, but a diff is a text: `..` would lead to another part of the API. */
function isPlain(path: string): boolean {
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
