import type * as z from 'zod';
import { withNotifications } from '../notifications/with-notifications.js';
import { onPlacements } from '../placement/on-placements.js';
import type { PlatformOptions } from '../platform/connect.js';
import type { ChangeRun } from '../runs/change-apps.js';
import { parseOptions } from '../runs/options.js';
import type { RunResults } from '../runs/show-deploys.js';
import { showDeploys } from '../runs/show-deploys.js';
import type { ChangeKind } from '../runs/start-record.js';
import { countSkills } from '../terminal/format.js';
import { refuseSharedNames } from './refuse-shared-names.js';
import type { RunSkills } from './run.js';

/** A target that changes what is live without a new version of it. */
export interface ChangeTarget<Options extends PlatformOptions> {
  kind: Exclude<ChangeKind, 'deploy'>;
  options: z.ZodType<Options>;
  /** @throws for options that contradict each other */
  check?: (options: Options) => void;
  /** As the start of a heading: `Restarting`. */
  doing: string;
  /** As the start of a sentence: `Nothing to restart`. */
  nothing: string;
  change: (run: ChangeRun<Options>) => Promise<RunResults>;
}

/** The run of such a target: shows progress and results. */
export function changeRun<Options extends PlatformOptions>(target: ChangeTarget<Options>): RunSkills {
  return onPlacements(({ skills, places, task }, rawOptions, workspace) =>
    showDeploys({
      skills,
      expected: skills.length,
      heading: (shown, label) => `${target.doing} ${shown} on ${label}`,
      idle: (shown) => `${target.nothing}: ${countSkills(shown)} unchanged.`,
      work: async (hooks) => {
        const options = parseOptions(target.options, rawOptions, task);
        target.check?.(options);
        refuseSharedNames(places, workspace.places);
        const { kind } = target;
        const { environment } = options;
        const expected = skills.length;
        const run = { kind, environment, skills, expected, workspace, env: process.env };
        return withNotifications(run, hooks, (notifying) =>
          target.change({ ...notifying, workspaceRoot: workspace.root, places, options, env: process.env }),
        );
      },
    }),
  );
}
