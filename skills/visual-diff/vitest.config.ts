import { readFile } from 'node:fs/promises';
import { mergeConfig } from 'vitest/config';
import shared from '../../tools/vitest.shared.js';

export default mergeConfig(shared, {
  plugins: [
    {
      // What esbuild does in the bundle.
      name: 'bytes-of-wasm',
      enforce: 'pre',
      async load(id: string) {
        if (!id.endsWith('.wasm')) return undefined;
        return `export default Uint8Array.from(atob('${await readFile(id, 'base64')}'), (c) => c.charCodeAt(0))`;
      },
    },
  ],
  test: { server: { deps: { inline: [/@jsquash/] } } },
});
