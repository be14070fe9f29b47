import { scaleFleet } from '@odoobo/app-platform';
import { checkSize, scaleOptions } from '../instances/scale-options.js';
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
    const { instances, size, min, max, component } = run.options;
    return changeApps(run, {
      kind: 'scale',
      ask: { instances, size, min, max, component },
      fleet: scaleFleet,
    });
  },
});
