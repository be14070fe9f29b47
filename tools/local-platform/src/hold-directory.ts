import type { Layout } from './layout.js';
import { claim } from './process/claim.js';

/**
 * Makes this process the one server of a folder, until it releases it or dies.
 * @throws Error at once when another server holds it.
 */
export async function holdDirectory(layout: Layout): Promise<{ release(): Promise<void> }> {
  const taken = new AbortController();
  return claim(layout.claim, {
    signal: taken.signal,
    onWait: ({ pid }) =>
      taken.abort(
        new Error(
          `A local platform already runs in ${layout.root} (process ${pid}). Use that one, or stop it: npx local-platform stop`,
        ),
      ),
  });
}
