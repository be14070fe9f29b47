import type { DeployResult } from '@odoobo/app-platform';
import { expect, it } from 'vitest';
import { withAdvice } from './advice.js';

const result: DeployResult = {
  skill: 'shop',
  outcome: 'failed',
  action: 'rollback',
  digest: '-',
  durationMs: 1,
};
const cause = (code: string) => ({ code, message: 'It is so.', logTail: [] });

it.each(['AppPinned', 'app_pinned'])('gives the next commands after %s, for the same platform', (code) => {
  const { cause: advised } = withAdvice({ ...result, cause: cause(code) }, ' -c production');
  expect(advised?.message).toMatch(/^It is so\.\n/);
  expect(advised?.message).toContain('npx nx rollback shop -c production --commit');
  expect(advised?.message).toContain('npx nx rollback shop -c production --revert');
});

it('gives them after a rollback that pinned the app', () => {
  const { note } = withAdvice({ ...result, outcome: 'deployed', pinned: true, note: 'back to d-1' }, '');
  expect(note).toMatch(/^back to d-1\nshop is pinned[^]*npx nx rollback shop --commit/);
});

it('adds nothing to any other outcome', () => {
  expect(withAdvice({ ...result, cause: cause('Interrupted') }, '')).toEqual({
    ...result,
    cause: cause('Interrupted'),
  });
});
