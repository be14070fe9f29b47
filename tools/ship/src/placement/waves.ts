import type { DeployRequest } from '@odoobo/app-platform';
import { durationMs } from '@odoobo/machine/time';
import type { SkillPlace } from '../manifest/skill-place.js';

type EarlierWave = NonNullable<DeployRequest['earlier']>;

/**
 * The wave before that of an app, among the apps of its skill in this run; undefined if it is in the first. Skills do not wait
 * for the waves of others, unless they depend on them.
 */
export function earlierWave(app: SkillPlace, run: readonly SkillPlace[]): EarlierWave | undefined {
  const before = run.filter((one) => one.placement?.of === app.placement?.of && waveOf(one) < waveOf(app));
  if (!app.placement || before.length === 0) return undefined;
  const wave = Math.max(...before.map(waveOf));
  const apps = before.filter((one) => waveOf(one) === wave);
  return {
    wave,
    skills: apps.map(({ skill }) => skill),
    soakMs: Math.max(...apps.map(({ placement }) => durationMs(placement?.soak ?? '') ?? 0)),
  };
}

function waveOf({ placement }: SkillPlace): number {
  return placement?.wave ?? 1;
}
