import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config';

/** What the tests of all packages and skills share. */
export default testsOf('src/**/*', 'ts');

/** @param files where tests are, without the end of their names */
export function testsOf(files: string, extension: 'ts' | 'js'): ViteUserConfig {
  return defineConfig({
    test: {
      include: [`${files}.test.${extension}`],
      exclude: process.env['NIGHTLY']
        ? configDefaults.exclude
        : [...configDefaults.exclude, `${files}.nightly.test.${extension}`],
      testTimeout: 60_000,
      hookTimeout: 60_000,
      expect: { poll: { timeout: 30_000 } },
      // No test changes what another file sees, and to load the package anew for each costs a quarter of the time.
      isolate: false,
      setupFiles: fileURLToPath(new URL('vitest.seed.js', import.meta.url)),
      unstubEnvs: true,
      // Node imports what is compiled as it is. Vite would transform each module first.
      server: { deps: { external: [/\/tools\/[^/]+\/dist\//] } },
    },
  });
}
