import type { DeployResult } from '@odoobo/app-platform';
import { expect, it } from 'vitest';
import { commandOf } from '../manifest/skill-place.js';
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
  const { cause: advised } = withAdvice(
    { ...result, cause: cause(code) },
    commandOf([], result.skill, ' -c production'),
  );
  expect(advised?.message).toMatch(/^It is so\.\n/);
  expect(advised?.message).toContain('npx nx rollback shop -c production --commit');
  expect(advised?.message).toContain('npx nx rollback shop -c production --revert');
});

it('gives them after a rollback that pinned the app', () => {
  const { note } = withAdvice(
    { ...result, outcome: 'deployed', pinned: true, note: 'back to d-1' },
    commandOf([], result.skill),
  );
  expect(note).toMatch(/^back to d-1\nshop is pinned[^]*npx nx rollback shop --commit/);
});

it('adds nothing to any other outcome', () => {
  expect(withAdvice({ ...result, cause: cause('Interrupted') }, commandOf([], result.skill))).toEqual({
    ...result,
    cause: cause('Interrupted'),
  });
});

it('says that a service which answers 404 has another health path', () => {
  const answered = (status: number) => {
    const message = `The service failed its health check; at the last, GET /up on port 8080 answered ${status}.`;
    const failed = { ...cause('DeployContainerHealthChecksFailed'), message };
    return withAdvice({ ...result, cause: failed }, commandOf([], result.skill)).cause?.message;
  };
  expect(answered(404)).toMatch(/answered 404\.[^]*correct healthPath in its manifest, and http_path/);
  expect(answered(500)).not.toContain('healthPath');
});
