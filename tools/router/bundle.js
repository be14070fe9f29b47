import { build } from 'esbuild';
import { mkdir, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const from = import.meta.dirname;
const to = join(from, 'dist/router.mjs');

/**
 * Our packages from their sources: tsc and esbuild compile them differently, and the bundle must be the same bytes wherever it
 * is made. As long as a package is not compiled, Node resolves it to its link in node_modules; hence the real path.
 */
const fromSources = {
  name: 'from-sources',
  setup({ onResolve }) {
    onResolve({ filter: /^@odoobo\// }, async ({ path }) => {
      const compiled = fileURLToPath(import.meta.resolve(path));
      return { path: await realpath(compiled.replace('/dist/', '/src/').replace(/\.js$/, '.ts')) };
    });
  },
};

// The router as one file that runs without packages beside it, for an image.
const { metafile, outputFiles } = await build({
  absWorkingDir: from,
  entryPoints: ['src/main.ts'],
  outfile: to,
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  plugins: [fromSources],
  // Lets bundled CommonJS modules call `require` inside an ES module.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  write: false,
});
await mkdir(join(from, 'dist'), { recursive: true });
await writeFile(to, `${outputFiles[0].text}/*\n${await licences(Object.keys(metafile.inputs))}\n*/\n`);

/** What is bundled is under licences that must accompany it. */
async function licences(inputs) {
  const folders = inputs.flatMap((file) => /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[0] ?? []);
  const texts = [...new Set(folders)].sort().map(async (folder) => {
    const path = join(from, folder);
    const [file] = (await readdir(path)).filter((name) => /^licen[cs]e/i.test(name));
    if (!file) throw new Error(`${folder} has no licence, so it cannot be bundled.`);
    const name = folder.replace(/^.*node_modules\//, '').replace(/\/$/, '');
    return `${name}\n\n${(await readFile(join(path, file), 'utf8')).replaceAll('*/', '')}`;
  });
  return (await Promise.all(texts)).join('\n');
}
