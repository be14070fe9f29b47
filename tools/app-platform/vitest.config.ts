import { existsSync } from 'node:fs';
import { configDefaults, defineConfig } from 'vitest/config';

/** DigitalOcean's OpenAPI document is not part of the repository. What is published in registries is: tools/contract. */
const document = new URL('../../../shared/design/do-apps-openapi.json', import.meta.url);

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(existsSync(document) ? [] : ['src/contract.test.ts'])],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    // No test changes what another file sees, and to load the package anew for each costs a quarter of the time.
    isolate: false,
  },
});
