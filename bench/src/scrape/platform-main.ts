import { startPlatform } from '@odoobo/local-platform';

/*
 * A platform whose deployments take no time, and whose services take some, in its own process: node platform-main.js <folder>
 * Sends its parent its address, and ends when the parent disconnects.
 */

/** From 2 ms to a quarter of a second, as services differ, so that histograms have many buckets. */
const fastestMs = 2;
const doublings = 7;

const [directory = ''] = process.argv.slice(2);
const platform = await startPlatform({
  directory,
  progression: { simulate: () => ({ answerMs: () => fastestMs * 2 ** (doublings * Math.random()) }) },
  warn: (message) => process.stderr.write(`${message}\n`),
});
process.once('disconnect', () => void platform.close());
process.send?.({ url: platform.url, token: platform.token });
