import { build } from 'esbuild';
import { join } from 'node:path';

// After tsc: puts all that a deploy loads into one file. To find and read its 400 modules one by one takes a run with
// nothing to deploy longer than its work does.
await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ['batch', 'executor'].map((name) => join('dist/executors/deploy', `${name}.js`)),
  outdir: 'dist/bundled/deploy',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  external: ['@nx/devkit'],
  sourcemap: 'linked',
  // Lets bundled CommonJS modules call `require` inside an ES module.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
