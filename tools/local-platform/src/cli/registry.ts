import { nameDocr } from '../sources/docr.js';
import type { CliOptions } from './options.js';

/** Names the registry of images with registry_type DOCR. Needs no server; a running one uses it at once. */
export async function registry(directory: string, { names }: CliOptions): Promise<number> {
  const [name = ''] = names;
  const place = await nameDocr(directory, name);
  process.stdout.write(`Images of DOCR are pulled from ${place} from the next deployment on.\n`);
  return 0;
}
