import { restartFleet } from '@odoobo/app-platform';
import { restartOptions } from '../instances/restart-options.js';
import { changeApps } from '../runs/change-apps.js';
import { changeRun } from './change.js';

/** Restarts skills and shows progress and results. */
export const runRestart = changeRun({
  kind: 'restart',
  options: restartOptions,
  doing: 'Restarting',
  nothing: 'Nothing to restart',
  change: (run) => {
    const { component } = run.options;
    const components = component === undefined ? undefined : [component];
    return changeApps(run, { kind: 'restart', ask: () => ({ components }), fleet: restartFleet });
  },
});
