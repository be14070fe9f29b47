import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { findRepositoryUrl } from '../../tools/repository-url.js';

const documents = join(import.meta.dirname, '..');
const root = join(documents, '..');

/** Where the repository can be looked at. Undefined where that is no host. */
export const repositoryUrl = findRepositoryUrl();

/** What a link leads to: a page of the site, or a file of the repository. */
export type Target = { page: string } | { file: string | undefined };

/**
 * Where a link of a page leads to on the site; on GitHub the same link leads to the file beside the page.
 *
 * @param page absolute path of the Markdown file
 * @returns undefined for a link that is none to a file; a `file` without a URL where the repository is nowhere to be looked at
 * @throws where there is no such file
 */
export function targetOf(link: string, page: string): Target | undefined {
  if (/^([a-z][a-z+.-]*:|\/|#)/i.test(link)) return undefined;
  const [path = '', anchor] = link.split('#');
  const file = resolve(dirname(page), path);
  if (!existsSync(file)) throw new Error(`${relative(root, page)}: there is no ${relative(root, file)}`);
  const suffix = anchor === undefined ? '' : `#${anchor}`;
  const inDocuments = relative(documents, file);
  if (!inDocuments.startsWith('..')) {
    return { page: link.replace(/(^|\/)README\.md/, '$1index.md') };
  }
  const kind = statSync(file).isDirectory() ? 'tree' : 'blob';
  return { file: repositoryUrl && `${repositoryUrl}/${kind}/main/${relative(root, file)}${suffix}` };
}
