import { withoutCredentials } from '../sources/clone-url.js';
import { mapRepository } from '../sources/repositories.js';
import type { CliOptions } from './options.js';

/** Maps a repository of a git host to a local one. Needs no server; a running one uses it at once. */
export async function repository(directory: string, { names }: CliOptions): Promise<number> {
  const [name = '', location = ''] = names;
  const place = await mapRepository(directory, name, location);
  process.stdout.write(`${name} is ${withoutCredentials(place)} from the next deployment on.\n`);
  return 0;
}
