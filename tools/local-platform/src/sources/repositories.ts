import { claim } from '@odoobo/machine/claim';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as z from 'zod';
import { replaceFile } from '../state/atomic-file.js';
import { layoutOf } from '../state/layout.js';
import { isCloneUrl } from './clone-url.js';

/** `owner/name`, as a git host calls it, and where its repository is: an absolute path or a clone URL. */
const repositoriesSchema = z.record(z.string(), z.string());
export type Repositories = z.infer<typeof repositoriesSchema>;

/** On GitLab, the owner may be a group in a group. */
const nameForm = /^[\w.-]+(\/[\w.-]+)+$/;

/** @throws Error when the file is there and is not what `mapRepository` writes. */
export async function readRepositories(file: string): Promise<Repositories> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '{}';
  });
  try {
    return repositoriesSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(
      `${file} is not an object of "owner/name": "location". Correct it, or delete it and map the repositories again.`,
      { cause },
    );
  }
}

/**
 * Maps `owner/name` of a git host to a repository, from the next deployment on.
 * @param directory The platform's folder; a server may run there.
 * @param location A path, or a URL that git can clone.
 * @returns where it is looked for: a path made absolute
 * @throws Error when the name or the location cannot be one, or the folder is not there
 */
export async function mapRepository(directory: string, name: string, location: string): Promise<string> {
  if (!nameForm.test(name))
    throw new Error(`Expected a repository's name such as owner/name, got "${name}".`);
  const place = await placeOf(location);
  const { repositories: file } = layoutOf(directory);
  const { release } = await claim(`${file}.claim`);
  try {
    const mapped = { ...(await readRepositories(file)), [name]: place };
    await replaceFile(file, `${JSON.stringify(mapped, null, 2)}\n`);
  } finally {
    await release();
  }
  return place;
}

async function placeOf(location: string): Promise<string> {
  if (/^[\w.-]+:\/\/|^[^/]+@[^/]+:|::/.test(location)) {
    if (isCloneUrl(location)) return location;
    throw new Error('Expected a path, or a URL that begins with file:, https: or ssh:, to clone from.');
  }
  const path = resolve(location);
  if ((await stat(path).catch(() => undefined))?.isDirectory()) return path;
  throw new Error(
    `There is no folder ${path}. Name the folder of a git repository, or the URL to clone it from.`,
  );
}
