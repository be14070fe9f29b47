import { expect, it } from 'vitest';
import { commandOf, type SkillPlace } from '../manifest/skill-place.js';
import { earlierWave, restOfWave } from './waves.js';

function app(of: string, name: string, wave?: number, soak?: string): SkillPlace {
  const issue = (path: string, message: string) => ({ file: '', path, message });
  const placement = { of, name, wave, soak, environment: 'production', issue };
  return { workspaceRoot: '', skillRoot: of, skill: `${of}-${name}`, command: commandOf([], of), placement };
}

const run = [
  app('shop', 'eu', undefined, '30s'),
  app('shop', 'ap', 1, '2m'),
  app('shop', 'us', 3),
  app('till', 'eu', 2),
];

it('is the wave before, among the apps of the skill that the run has', () => {
  expect(run.map((one) => earlierWave(one, run))).toEqual([
    undefined,
    undefined,
    { wave: 1, skills: ['shop-eu', 'shop-ap'], soakMs: 120_000 },
    undefined,
  ]);
  expect(earlierWave(app('shop', 'us', 3), run.slice(2))).toBeUndefined();
});

it('is none for a skill without placements', () => {
  const { placement: _placement, ...plain } = app('shop', 'eu', 2);
  expect(earlierWave(plain, [...run, plain])).toBeUndefined();
});

it('has the other apps of the skill in the same wave, for a wave that is all or nothing', () => {
  expect(run.map((one) => restOfWave(one, run))).toEqual([
    { wave: 1, skills: ['shop-ap'] },
    { wave: 1, skills: ['shop-eu'] },
    undefined,
    undefined,
  ]);
});
