import { scaleFleet } from '@odoobo/app-platform';
import { heldAt } from '@odoobo/app-platform/versions';
import { checkSize, type ScaleOptions, scaleOptions } from '../instances/scale-options.js';
import type { SkillManifest } from '../manifest/manifest.js';
import { changeApps } from '../runs/change-apps.js';
import { changeRun } from './change.js';

/** Scales skills and shows progress and results. */
export const runScale = changeRun({
  kind: 'scale',
  options: scaleOptions,
  check: checkSize,
  doing: 'Scaling',
  nothing: 'Nothing to scale',
  change: (run) => {
    const now = Date.now();
    return changeApps(run, {
      kind: 'scale',
      ask: (manifest) =>
        run.options.scheduled ? scheduled(manifest, now) : { sizes: [sizeOf(run.options)] },
      fleet: scaleFleet,
    });
  },
});

function sizeOf({ instances, size, min, max, component }: ScaleOptions) {
  return { instances, size, min, max, component };
}

function scheduled({ scale }: SkillManifest, now: number) {
  if (scale === undefined) return { nothing: 'its manifest has no schedule' };
  const held = heldAt(scale, now);
  return held
    ? { sizes: held.sizes, archive: held.archive }
    : { nothing: 'no time of its schedule has come yet' };
}
