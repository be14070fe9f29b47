import { build } from 'esbuild';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Targets that are run often, or with little to do. */
const targets = ['build', 'plan', 'deploy', 'healthcheck', 'smoke-test', 'rollback', 'monitor'];

const bundled = join(import.meta.dirname, 'dist/bundled');
// The names of chunks change, so those of earlier builds would stay.
await rm(bundled, { recursive: true, force: true });

/**
 * Bundles only the part of undici that calls an API: its index also loads fetch, cookies and WebSocket, and these load
 * Node's own undici. A dynamic import gets all of undici.
 */
const undiciClient = {
  name: 'undici-client',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^undici$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'client', namespace: 'undici' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'undici' }, () => ({
      resolveDir: import.meta.dirname,
      contents: `
        import Agent from 'undici/lib/dispatcher/agent.js';
        import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
        import methods from 'undici/lib/api/index.js';
        Object.assign(Dispatcher.prototype, methods);
        export { Agent };`,
    }));
  },
};

/**
 * Loads string-width only for text that is not plain ASCII: its regular expressions for emoji take a seventh of the
 * time that a bundle takes to load.
 */
const lateStringWidth = {
  name: 'late-string-width',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'late', namespace: 'string-width' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'string-width' }, () => ({
      resolveDir: import.meta.dirname,
      contents: `
        const ascii = /^[ -~]*$/;
        export default (text) => (ascii.test(text) ? text.length : require('string-width').default(text));`,
    }));
  },
};

// Runs after tsc: puts all that such a target loads into one file. If nothing has changed, finding and reading its 400
// modules one by one takes longer than the run's work.
await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: targets.map((target) => join('dist/executors', `${target}.js`)),
  outbase: 'dist/executors',
  outdir: bundled,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // The validator reads its schemas from the folder of its own file, esbuild finds its binary relative to its own, and the tracer
  // is loaded for few builds.
  external: ['@nx/devkit', '@seriousme/openapi-schema-validator', '@vercel/nft', 'esbuild'],
  inject: [fileURLToPath(import.meta.resolve('@odoobo/ship/runs/zod-without-jit'))],
  plugins: [undiciClient, lateStringWidth],
  sourcemap: 'linked',
  // Lets bundled CommonJS modules call `require` inside an ES module.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
