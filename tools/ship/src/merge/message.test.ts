import { execa } from 'execa';
import { expect, it } from 'vitest';
import { commandOf } from '../manifest/skill-place.js';
import { mergeMessage } from './message.js';

const candidate = {
  place: {
    workspaceRoot: '/',
    skillRoot: 'skills/pr-review',
    skill: 'pr-review',
    command: commandOf([], 'pr-review'),
  },
  branch: 'skill/pr-review',
  head: 'a'.repeat(40),
};

/** The trailers that git reads from it. */
async function trailersOf(message: string): Promise<string> {
  return (await execa('git', ['interpret-trailers', '--parse'], { input: message })).stdout;
}

it('records what was verified, where and when, as git trailers', async () => {
  const proof = {
    environment: 'production',
    deployment: '7dcd8c46-c2c6-4974-a466-27c487222af9',
    digest: `sha256:${'b'.repeat(64)}`,
    url: 'https://pr-review.ondigitalocean.app',
    verifiedAt: '2026-01-31T09:30:00.000Z',
  };
  const message = mergeMessage({ candidate, proof });
  expect(message.split('\n')[0]).toBe('Merge skill/pr-review');
  expect((await trailersOf(message)).split('\n')).toEqual([
    'Skill: pr-review',
    'Environment: production',
    'Deployment: 7dcd8c46-c2c6-4974-a466-27c487222af9',
    `Digest: sha256:${'b'.repeat(64)}`,
    'URL: https://pr-review.ondigitalocean.app',
    'Verified-At: 2026-01-31T09:30:00.000Z',
  ]);
});

it('records that nothing was verified', async () => {
  expect(await trailersOf(mergeMessage({ candidate }))).toBe(
    'Skill: pr-review\nVerified: no (--skip-verify)',
  );
});
