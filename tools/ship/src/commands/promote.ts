import { onPlacements } from '../placement/on-placements.js';
import { placeSkills } from '../placement/place-skills.js';
import { checkEnvironments, promoteOptions } from '../promote/options.js';
import { parseOptions } from '../runs/options.js';
import { failedRun } from '../runs/run-end.js';
import { deployApps } from './deploy.js';
import type { RunSkills } from './run.js';

const deployPromoted = onPlacements(deployApps);

/** Deploys to one environment what is live and verified in another, and shows progress and results. */
export const runPromote: RunSkills = async (tasks, rawOptions, workspace) => {
  try {
    const { from, to, ...options } = parseOptions(promoteOptions, rawOptions, tasks.task);
    checkEnvironments({ from, to });
    const sources = await placeSkills(tasks.places, { environment: from });
    const promotion = { from, sources };
    return await deployPromoted(tasks, { ...options, environment: to }, workspace, { promotion });
  } catch (error) {
    return failedRun(tasks.skills, error);
  }
};
