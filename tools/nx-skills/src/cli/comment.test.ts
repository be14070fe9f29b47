import { tempDirectory } from '@odoobo/ship/test-support/temp-directory';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { commentCommand } from './comment.js';

afterEach(() => vi.unstubAllEnvs());

it('names the variables that it needs', async () => {
  vi.stubEnv('GITHUB_TOKEN', '');
  await expect(commentCommand({ pullRequest: 7, file: 'a', about: 'plan' })).rejects.toThrow(
    'Set GITHUB_REPOSITORY (owner/name) and GITHUB_TOKEN in the environment.',
  );
});

it('does not comment with an empty plan, and says how to create one', async () => {
  vi.stubEnv('GITHUB_TOKEN', 'a-token');
  vi.stubEnv('GITHUB_REPOSITORY', 'acme/shop');
  // No server listens there.
  vi.stubEnv('GITHUB_API_URL', 'http://127.0.0.1:1');
  const file = join(await tempDirectory(), 'plan.md');
  const comment = () => commentCommand({ pullRequest: 7, file, about: 'plan' });
  await expect(comment()).rejects.toThrow(`Cannot read ${file}. Create it: npx nx-skills plan`);
  await writeFile(file, '\n');
  await expect(comment()).rejects.toThrow(`${file} is empty: there is no plan. Create it:`);
  await writeFile(file, '# Plan');
  await expect(comment()).rejects.toThrow('Cannot comment on pull request 7 of acme/shop');
});
