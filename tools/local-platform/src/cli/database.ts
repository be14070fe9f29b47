import { mapDatabase } from '../databases/database-urls.js';
import type { CliOptions } from './options.js';

/** Maps a database to one that runs elsewhere. Needs no server; a running one uses it at once. */
export async function database(directory: string, { names }: CliOptions): Promise<number> {
  const [name = '', url = ''] = names;
  await mapDatabase(directory, name, url);
  const { host } = new URL(url);
  process.stdout.write(`${name} is at ${host} from the next deployment on.\n`);
  return 0;
}
