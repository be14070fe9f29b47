import { withoutCredentials } from '../sources/clone-url.js';
import { mapRepository } from '../sources/repositories.js';
import type { CliOptions } from './options.js';

/** Says which local repository stands for one of a git host. Needs no server, and one that runs sees it at once. */
export async function repository(directory: string, { names }: CliOptions): Promise<number> {
  const [name = '', location = ''] = names;
  const place = await mapRepository(directory, name, location);
  process.stdout.write(`${name} is ${withoutCredentials(place)}, from the next deployment on.\n`);
  return 0;
}
