import { build, type Plugin } from 'esbuild';
import { execa } from 'execa';
import { createRequire, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createNodes } from './inference/create-nodes.js';

const plugin = createRequire(import.meta.url)('../plugin.cjs') as Record<
  'createNodes' | 'createNodesV2',
  [string]
>;

/** Its modules are listed like our own; all other packages stay packages. */
const packagesButShip: Plugin = {
  name: 'packages-but-ship',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@odoobo/ship/') ? undefined : { path, external: true },
    );
  },
};

/** What a module of this package loads on import: itself and its static imports, not what it loads later on demand. */
async function loadedBy(entry: string): Promise<{ modules: string[]; packages: string[] }> {
  const { metafile } = await build({
    absWorkingDir: join(import.meta.dirname, '../src'),
    entryPoints: [entry],
    outdir: 'unused',
    bundle: true,
    write: false,
    metafile: true,
    plugins: [packagesButShip],
    platform: 'node',
    format: 'esm',
  });
  const loaded = new Set<string>();
  const visit = (file: string) => {
    if (loaded.has(file)) return;
    loaded.add(file);
    const imports = metafile.inputs[file]?.imports ?? [];
    for (const { path, kind } of imports) if (kind === 'import-statement') visit(path);
  };
  visit(entry);
  const own = (file: string) => file in metafile.inputs;
  return {
    modules: [...loaded].filter(own).sort(),
    packages: [...loaded].filter((file) => !own(file) && !isBuiltin(file)).sort(),
  };
}

it('looks for the same files as its inference, under the names that Nx 21 and newer read', () => {
  expect(plugin.createNodes[0]).toBe(createNodes[0]);
  expect(plugin.createNodesV2).toBe(plugin.createNodes);
  // Nx 21 and 22 split a pattern at each comma of its outer group, also inside of an inner one.
  expect(plugin.createNodes[0].lastIndexOf('{')).toBe(0);
});

it('can be loaded with require, as Nx 21 and 22 do, executors and generators too', async () => {
  const root = join(import.meta.dirname, '..');
  const script = `
    const { executors, generators } = { ...require('./executors.json'), ...require('./generators.json') };
    const files = [...Object.values(executors), ...Object.values(generators)].map((one) => one.implementation ?? one.factory);
    for (const file of ['./plugin.cjs', ...files]) require(file);
    console.log(String(files.length));`;
  const { stdout } = await execa(process.execPath, ['--no-warnings', '-e', script], { cwd: root });
  expect(Number(stdout)).toBeGreaterThan(12);
});

// Every command of Nx loads these.
it('loads a few small modules with the plugin, and no package', async () => {
  expect(await loadedBy('index.ts')).toEqual({
    modules: [
      '../../ship/dist/artefact/build-variables.js',
      '../../ship/dist/manifest/find-manifests.js',
      '../../ship/dist/manifest/output-folder.js',
      '../../ship/dist/manifest/read-identity.js',
      '../../ship/dist/manifest/target-names.js',
      '../../ship/dist/placement/environment.js',
      '../../ship/dist/placement/placement-files.js',
      '../../ship/dist/records/run-name.js',
      'hooks/named-runs.ts',
      'hooks/post-tasks-execution.ts',
      'hooks/pre-tasks-execution.ts',
      'index.ts',
      'inference/build-inputs.ts',
      'inference/create-nodes.ts',
      'inference/own-project.ts',
      'inference/root-project.ts',
      'inference/targets.ts',
    ],
    packages: [],
  });
});

// Every run of tasks loads these.
it('loads little to check a command line, and not Nx', async () => {
  const { packages } = await loadedBy('hooks/refuse-mistakes.ts');
  expect(packages).toEqual(['@odoobo/machine/package-manager', 'leven', 'yargs-parser']);
});

// A deploy with nothing to do loads these; packages of the workspace are bundled with it.
it('loads no builder, no reader of archives and not Nx for a deploy of what is built', async () => {
  const { packages } = await loadedBy('executors/deploy.ts');
  const others = packages.filter((name) => !name.startsWith('@odoobo/'));
  expect(others).toEqual(['leven', 'picocolors', 'string-width', 'undici', 'zod']);
});
