import { UsageError } from '@odoobo/local-platform/command-line';
import { showLogs } from '../commands/logs.js';
import { runProfile } from '../commands/profile.js';
import { serveSkill } from '../commands/serve.js';
import { logsOptions } from '../logs/options.js';
import { runMonitor } from '../monitor/run-monitor.js';
import { notifyOfMonitor } from '../notifications/notify-of-monitor.js';
import { profileOptions } from '../profile/options.js';
import { serveOptions } from '../serve/options.js';
import { chooseSkills } from '../workspace/choose-skills.js';
import type { OrderedPlace } from '../workspace/read-workspace.js';
import type { CommandCall } from './program.js';

/** Shows a log of one skill. */
export async function logsCommand(call: CommandCall): Promise<number> {
  await showLogs(oneOf(call), logsOptions.parse(call.options));
  return 0;
}

/** Profiles one live skill. */
export async function profileCommand(call: CommandCall): Promise<number> {
  await runProfile(oneOf(call), profileOptions.parse(call.options));
  return 0;
}

/** Runs one skill in development until it is stopped. */
export async function serveCommand(call: CommandCall): Promise<number> {
  await serveSkill(oneOf(call), serveOptions.parse(call.options));
  return 0;
}

function oneOf({ names, workspace }: CommandCall): OrderedPlace {
  const [place, ...others] = chooseSkills(workspace, names);
  if (place !== undefined && others.length === 0) return place;
  throw new UsageError(`Name one skill: ${[place, ...others].map((one) => one?.skill).join(', ')}.`);
}

/** Shows the state of all skills; 1 if it checks once and something is unhealthy or failed. */
export async function monitorCommand({ options, workspace }: CommandCall): Promise<number> {
  endWithReader();
  const { success, output } = await runMonitor({
    task: 'odoobo monitor',
    options,
    workspaceRoot: workspace.root,
    places: workspace.places,
    env: process.env,
    onReport: (environment) => notifyOfMonitor(workspace.plugins, environment, process.env),
  });
  process.stderr.write(output);
  return success ? 0 : 1;
}

/** A reader such as `head` may close the pipe: that is not a failure. */
function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
  });
}
