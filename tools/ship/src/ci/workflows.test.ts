import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { actionlint } from '../test-support/actionlint.js';

const folder = join(import.meta.dirname, '../../../../.github/workflows');
const workflows = (await readdir(folder)).filter((file) => /\.ya?ml$/.test(file));

it.each(workflows)('%s passes actionlint', async (file) => {
  expect(await actionlint(await readFile(join(folder, file), 'utf8'))).toEqual([]);
});

it.each([
  ['an unknown job', 'needs: detect-changes', 'needs: detect-change'],
  ['an output that is not there', 'outputs.skills', 'outputs.skill'],
  ['an event that is not there', 'workflow_dispatch:', 'workflow_dispath:'],
  ['a permission that is not there', 'contents: read', 'content: read'],
  ['an expression that does not end', '${{ matrix.skill }}', '${{ matrix.skill }'],
  ['a title in a shell', 'npx nx-skills comment', 'npx nx-skills ${{ github.event.pull_request.title }}'],
])('actionlint finds %s', async (_what, right, wrong) => {
  const text = await readFile(join(folder, 'deploy-skills-parallel.yml'), 'utf8');
  expect(text).toContain(right);
  expect(await actionlint(text.replaceAll(right, wrong))).not.toEqual([]);
});
