import type { Database } from '@odoobo/app-platform/spec';
import { claim } from '@odoobo/machine/claim';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import * as z from 'zod';
import { replaceFile } from '../state/atomic-file.js';
import { layoutOf } from '../state/layout.js';

/** `<app>/<database>` of a spec, or a cluster_name, and the URL of the database that stands for it. */
const urlsSchema = z.record(z.string(), z.url());

const nameForm = /^[\w.-]+(\/[\w-]+)?$/;

/**
 * Where a database of an app is served, if a person has mapped it: by its cluster_name, or as `<app>/<database>`.
 * @param file `databaseUrls` of the layout
 * @throws Error when the file is there and is not what `mapDatabase` writes
 */
export function mappedUrl(
  file: string,
  app: string,
  { name, cluster_name: cluster }: Database,
): URL | undefined {
  const urls = readUrls(file);
  const found = urls[`${app}/${name}`] ?? (cluster === undefined ? undefined : urls[cluster]);
  return found === undefined ? undefined : new URL(found);
}

function readUrls(file: string): Record<string, string> {
  const text = readIfThere(file);
  try {
    return urlsSchema.parse(JSON.parse(text));
  } catch {
    // The reason may quote what is in it, which is secret.
    throw new Error(
      `${file} is not an object of "app/database": "URL". Correct it, or delete it and map the databases again.`,
    );
  }
}

/** Read at once: what hides secrets in a log cannot wait. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '{}';
    throw error;
  }
}

/**
 * Maps a database to one that runs elsewhere, from the next deployment on.
 * @param directory The platform's folder; a server may run there.
 * @param name `<app>/<database>`, or the cluster_name of the database in the spec
 * @throws Error when the name or the URL cannot be one
 */
export async function mapDatabase(directory: string, name: string, url: string): Promise<void> {
  if (!nameForm.test(name))
    throw new Error(`Expected <app>/<database>, or the cluster_name of a database, got "${name}".`);
  // Its value may hold a password.
  if (!URL.canParse(url) || new URL(url).host === '')
    throw new Error(
      'Expected the URL of the database, such as postgresql://user:password@localhost:5432/shop.',
    );
  const { root, databaseUrls: file } = layoutOf(directory);
  await mkdir(root, { recursive: true, mode: 0o700 });
  const { release } = await claim(`${file}.claim`);
  try {
    await replaceFile(file, `${JSON.stringify({ ...readUrls(file), [name]: url }, null, 2)}\n`);
  } finally {
    await release();
  }
}
