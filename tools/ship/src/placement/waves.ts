import type { DeployRequest } from '@odoobo/app-platform';
import { durationMs } from '@odoobo/machine/time';
import type { SkillPlace } from '../manifest/skill-place.js';

type EarlierWave = NonNullable<DeployRequest['earlier']>;
type RestOfWave = NonNullable<DeployRequest['together']>;

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

/** The other apps of a skill in the same wave of this run, for a wave that is all or nothing; undefined if there are none. */
export function restOfWave(app: SkillPlace, run: readonly SkillPlace[]): RestOfWave | undefined {
  const wave = waveOf(app);
  const skills = run.flatMap((one) =>
    one !== app && one.placement?.of === app.placement?.of && waveOf(one) === wave ? one.skill : [],
  );
  return app.placement && skills.length > 0 ? { wave, skills } : undefined;
}

function waveOf({ placement }: SkillPlace): number {
  return placement?.wave ?? 1;
}
