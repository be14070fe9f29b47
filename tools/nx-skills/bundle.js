import { build } from 'esbuild';
import { mkdir, rm, writeFile } from 'node:fs/promises';
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

/** Loads HTTP/2 when a server speaks it: undici does so when it starts, and Node then loads its own, too. */
const lateHttp2 = {
  name: 'late-http2',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/client-h2\.js$/ }, ({ resolveDir, pluginData }) =>
      pluginData === 'now' ? undefined : { path: resolveDir, namespace: 'late-http2' },
    );
    onLoad({ filter: /./, namespace: 'late-http2' }, ({ path }) => ({
      resolveDir: path,
      pluginData: 'now',
      contents: `module.exports = (...given) => require('./client-h2.js')(...given);`,
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

// Runs after tsc: puts all that such targets load into one file. If nothing has changed, finding and reading its 400 modules one by
// one takes longer than the run's work. It is CommonJS because Node 20 keeps no compiled code of ES modules: see src/executors/load-bundle.ts.
const { outputFiles } = await build({
  absWorkingDir: import.meta.dirname,
  stdin: {
    resolveDir: import.meta.dirname,
    // A target is evaluated when it is asked for, and each module that a dynamic import names when that is reached.
    contents: targets
      .map((target) => `exports['${target}'] = () => require('./dist/executors/${target}.js');`)
      .join('\n'),
  },
  outfile: join(bundled, 'targets.cjs'),
  write: false,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // Names stay, for the stacks of errors.
  minifyWhitespace: true,
  minifySyntax: true,
  // The validator reads its schemas from the folder of its own file, esbuild finds its binary relative to its own, and the tracer
  // is loaded for few builds.
  external: ['@nx/devkit', '@seriousme/openapi-schema-validator', '@vercel/nft', 'esbuild'],
  inject: [fileURLToPath(import.meta.resolve('@odoobo/ship/runs/zod-without-jit'))],
  plugins: [undiciClient, lateHttp2, lateStringWidth],
  // What an ES module asks of itself.
  define: {
    'import.meta.dirname': '__dirname',
    'import.meta.resolve': '__resolve',
    'import.meta.url': '__url',
  },
  banner: {
    js: "const{pathToFileURL:__toUrl}=require('node:url'),__url=__toUrl(__filename).href,__resolve=(name)=>__toUrl(require.resolve(name)).href;",
  },
  logLevel: 'warning',
});
const [{ text, hash }] = outputFiles;
const code = text
  // Node 20 does not know where kept code has its imports from: the loader does them.
  .replace(/\bimport\(("[^",]+")\)/g, '__import($1)')
  // What is left in regular expressions and comments; V8 reads ASCII faster, and keeps it in half the memory.
  .replace(/[^\0-\x7f]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
// As code of an ES module, all of it is strict.
const called = `(function(exports,require,__import,__filename,__dirname){"use strict";${code}})`;
// Compiled code is kept under the name of the file, so another file needs another name.
const name = `targets-${hash.replace(/\W/g, '')}.cjs`;
await mkdir(bundled, { recursive: true });
await writeFile(join(bundled, name), called);
for (const target of targets) {
  const entry = `import { loadTarget } from '../executors/load-bundle.js';
const target = loadTarget(\`\${import.meta.dirname}/${name}\`, '${target}');
export default target.default;
export const { batch } = target;
`;
  await writeFile(join(bundled, `${target}.js`), entry);
}
