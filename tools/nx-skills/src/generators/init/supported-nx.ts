import { mistake } from '@odoobo/ship/terminal/mistake';
import { createRequire } from 'node:module';

/** The majors of Nx that the plugin is tested with. */
const majors = { first: 21, last: 24 };

/** The version of the Nx that runs. */
export const nxVersion = (createRequire(import.meta.url)('nx/package.json') as { version: string }).version;

/**
 * Checks the version of Nx. The peer range of the package allows every version: package managers either ignore such a range or
 * refuse it in 20 lines that do not name the cause.
 * @throws in one sentence, for a version of Nx that the plugin does not work with
 */
export function checkNxVersion(version = nxVersion): void {
  const major = Number.parseInt(version, 10);
  if (major >= majors.first && major <= majors.last) return;
  throw mistake(
    `@odoobo/nx-skills works with Nx ${majors.first} to ${majors.last}, but this workspace has Nx ${version}: nothing was added to nx.json.`,
  );
}
