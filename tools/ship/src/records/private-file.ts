import { atPath } from '@odoobo/local-platform/system-error';
import { appendFileSync, closeSync, fchmodSync, fstatSync, openSync } from 'node:fs';

/** The mode of a file that only its owner reads and writes. */
export const ownerOnly = 0o600;

/** Appends to a file that only its owner may read, because it contains output of services; restricts one that was not. */
export function appendPrivately(path: string, text: string): void {
  const file = openSync(path, 'a', ownerOnly);
  try {
    const { mode, uid } = fstatSync(file);
    if ((mode & 0o077) !== 0 && uid === process.getuid?.()) fchmodSync(file, ownerOnly);
    appendFileSync(file, text);
  } catch (error) {
    throw atPath(error, path);
  } finally {
    closeSync(file);
  }
}
