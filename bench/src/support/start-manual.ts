import { startPlatform } from '@odoobo/local-platform';

/*
 * Starts a platform in its own process and ends: node start-manual.js <folder>
 * Prints how long the start took in milliseconds, and the memory of the process in bytes.
 */

const [directory = ''] = process.argv.slice(2);
const since = performance.now();
const warn = (message: string) => {
  throw new Error(message);
};
const platform = await startPlatform({ directory, progression: 'manual', warn });
const startMs = performance.now() - since;
process.stdout.write(JSON.stringify({ startMs, memoryBytes: process.memoryUsage().rss }));
await platform.close();
