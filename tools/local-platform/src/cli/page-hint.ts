import { runner } from '@odoobo/machine/package-manager';
import type { PlatformRecord } from '../start-stop/platform-record.js';

/**
 * How to open the platform's page. The link carries the token, so it is for the terminal of a person only: what is piped
 * into a file, or printed in CI, gets the address. The token is in the fragment, which browsers send nowhere.
 */
export function pageHint({ url, token }: Pick<PlatformRecord, 'url' | 'token'>): string {
  if (process.stdout.isTTY && !process.env['CI']) return `Its page: ${url}/#token=${token}`;
  return `Its page: ${url} (the link that opens it: ${runner} local-platform status, in a terminal)`;
}
