import { readFile } from 'node:fs/promises';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [
    {
      // What esbuild does in the bundle.
      name: 'bytes-of-wasm',
      enforce: 'pre',
      async load(id) {
        if (!id.endsWith('.wasm')) return undefined;
        return `export default Uint8Array.from(atob('${await readFile(id, 'base64')}'), (c) => c.charCodeAt(0))`;
      },
    },
  ],
  test: {
    include: ['src/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    // No test changes what another file sees, and to load the skill anew for each costs time.
    isolate: false,
    server: { deps: { inline: [/@jsquash/] } },
  },
});
