import { parseAppSpec } from '@odoobo/app-platform/spec';
import { execa } from 'execa';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { skillManifestSchema } from '../manifest/manifest.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { sitedSpec } from './sited-spec.js';

const spec = parseAppSpec(
  'name: shop\nservices: [{ name: shop, github: { repo: acme/shop, branch: main } }]',
  'x',
);

const shop = {
  id: 'shop',
  version: '1.0.0',
  description: 'Sells.',
  runtime: 'node',
  entry: 'main.js',
  static: 'public',
};

it('names the folder from the root of the repository, and refuses one that App Platform would not have', async () => {
  const worktree = await tempDirectory();
  const workspaceRoot = join(worktree, 'web');
  await mkdir(join(workspaceRoot, 'skills/shop/public'), { recursive: true });
  await writeFile(join(workspaceRoot, 'skills/shop/public/index.html'), '');
  await execa('git', ['init', '-q'], { cwd: worktree });
  const made = (source: 'artefact' | 'as-written', more: object = {}) =>
    sitedSpec(
      spec,
      skillManifestSchema.parse({ ...shop, ...more }),
      (issues) => [...issues].map((one) => ({ ...one, file: 'x' })),
      {
        workspaceRoot,
        skillRoot: 'skills/shop',
        checkout: { worktree, commit: 'a', dirty: false, isShallow: false },
        source,
      },
    );
  expect((await made('as-written')).static_sites?.[0]?.source_dir).toBe('/web/skills/shop/public');

  await writeFile(join(worktree, '.gitignore'), 'public\n');
  await expect(made('as-written')).rejects.toThrow(
    'skill.json: static: git ignores public/index.html, so App Platform would not have it. Commit it, or name the target that makes "public" as "buildTarget".',
  );
  expect((await made('artefact')).static_sites?.[0]?.output_dir).toBe('public');
  const built = await made('as-written', { buildTarget: 'build' });
  expect(built.static_sites?.[0]?.output_dir).toBe('web/skills/shop/public');
});
