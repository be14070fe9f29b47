import { expect, it } from 'vitest';
import { commandOf } from '../manifest/skill-place.js';
import type { PreparedSkill } from './prepare.js';
import { publishAll } from './prepare-all.js';

function prepared(skill: string, ...after: string[]): PreparedSkill {
  const request = { skill, spec: { name: skill }, healthPath: '/health', digest: '-', timeoutMs: 1, after };
  const command = commandOf([], skill);
  const place = { skill, command, skillRoot: skill, after, workspaceRoot: '/', sources: [], uncommitted: [] };
  const task = { ...place, checkout: undefined, origin: {} };
  return { request, written: request.spec, task, imageDirectory: `/images/${skill}`, missing: [] };
}

it('leaves out a skill whose artefact cannot be published, and those that depend on it; the others continue', async () => {
  const skills = { prepared: [prepared('a'), prepared('b'), prepared('c', 'b')], failed: [] };
  const published: string[] = [];
  const publish = async ({ imageDirectory: folder }: PreparedSkill) => {
    if (folder === '/images/b') throw new Error('no space left', { cause: new Error('ENOSPC') });
    published.push(folder);
  };
  const ready = await publishAll(skills, publish);
  expect(ready.prepared.map(({ request }) => request.skill)).toEqual(['a']);
  expect(published).toEqual(['/images/a', '/images/c']);
  expect(ready.failed.map(({ skill, outcome, cause }) => [skill, outcome, cause?.code])).toEqual([
    ['b', 'failed', 'PublishFailed'],
    ['c', 'skipped', 'DependencyFailed'],
  ]);
  expect(ready.failed[0]?.cause?.message).toMatch(/no space left[^]*ENOSPC/);
});

it('leaves out the rest of a wave that is all or nothing, where one of it cannot be sent', async () => {
  const inWave = (skill: string, other: string): PreparedSkill => {
    const one = prepared(skill);
    return { ...one, request: { ...one.request, together: { wave: 2, skills: [other] } } };
  };
  const skills = { prepared: [inWave('eu', 'us'), inWave('us', 'eu'), prepared('other')], failed: [] };
  const ready = await publishAll(skills, async ({ request }) => {
    if (request.skill === 'us') throw new Error('no space left');
  });
  expect(ready.prepared.map(({ request }) => request.skill)).toEqual(['other']);
  expect(ready.failed[1]).toMatchObject({
    skill: 'eu',
    outcome: 'skipped',
    cause: {
      code: 'WaveFailed',
      message: 'wave 2 has not passed: us could not be sent. This app was not changed',
    },
  });
});
