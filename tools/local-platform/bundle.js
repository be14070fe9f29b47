import { build } from 'esbuild';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

const bundled = join(import.meta.dirname, 'dist/bundled');
await rm(bundled, { recursive: true, force: true });

// Runs after tsc: puts all that the server loads into one file. Finding and reading its 500 modules one by one takes longer than
// all that it does until it serves. As deep in `dist` as the modules that look for files beside them.
await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ['dist/server-main.js'],
  outdir: bundled,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: 'linked',
  // Loaded where an app has a database only, and where Prometheus scrapes.
  external: ['pg', 'mysql2', 'prom-client'],
  // Lets bundled CommonJS modules call `require` inside an ES module.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
