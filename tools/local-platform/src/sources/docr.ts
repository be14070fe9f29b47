import { mkdir, readFile } from 'node:fs/promises';
import { replaceFile } from '../state/atomic-file.js';
import { layoutOf } from '../state/layout.js';

/** https://docs.digitalocean.com/products/container-registry/ */
const host = 'registry.digitalocean.com';

/** A registry of DigitalOcean, as its account calls it. */
const nameForm = /^[a-z0-9][a-z0-9-]*$/;
/** A host with a port or a dot, and perhaps a path. */
const placeForm = /^([\w-]+:\d+|[\w-]+(\.[\w-]+)+(:\d+)?)(\/[\w.-]+)*$/;

/**
 * Where images with registry_type DOCR are pulled from, such as `registry.digitalocean.com/acme`: the registry of the account, which an App
 * Spec does not name. Undefined as long as nobody has named it.
 * @param file `docr` of the layout
 */
export async function readDocr(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '';
  });
  return text.trim() || undefined;
}

/**
 * Names the registry of images with registry_type DOCR, from the next deployment on.
 * @param directory The platform's folder; a server may run there.
 * @param registry Its name at DigitalOcean, or another host with a path.
 * @returns where images are pulled from
 * @throws Error when it can be neither
 */
export async function nameDocr(directory: string, registry: string): Promise<string> {
  const place = nameForm.test(registry) ? `${host}/${registry}` : registry;
  if (!placeForm.test(place))
    throw new Error(
      `Expected the name of a registry at DigitalOcean, such as acme, or another host and path, such as localhost:5000/acme, got "${registry}".`,
    );
  const { root, docr } = layoutOf(directory);
  await mkdir(root, { recursive: true, mode: 0o700 });
  await replaceFile(docr, `${place}\n`);
  return place;
}
