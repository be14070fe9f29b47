import { AppPlatformClient, deployFleet } from '@odoobo/app-platform';
import { ensurePlatform, imageStoreOf } from '@odoobo/local-platform/client';
import { claim } from '@odoobo/machine/claim';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Errand } from './errand.js';

/*
 * A deployer in its own process: node deployer.js <errand file> <result file>
 * It does what the deploy executor does after all skills are prepared, without Nx, so that the deploy takes most of its time.
 */

const [errandFile = '', resultFile = ''] = process.argv.slice(2);
const { platform, port, claims, versions } = JSON.parse(await readFile(errandFile, 'utf8')) as Errand;

const { url, token } = await ensurePlatform(platform, { port });
const store = imageStoreOf(platform);
await Promise.all(versions.map(({ imageDirectory }) => store.import(imageDirectory)));
const client = new AppPlatformClient({ url, token });
try {
  const results = await deployFleet(
    versions.map(({ request }) => request),
    {
      client,
      pollIntervalMs: 100,
      claim: (skill, signal) => claim(join(claims, `local-${skill}.jsonl`), { signal }),
    },
  );
  await writeFile(resultFile, JSON.stringify(results));
} finally {
  await client.close();
}
