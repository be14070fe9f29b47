import type { MonitorOptions } from '@odoobo/ship/monitor/options';
import { runMonitor } from '@odoobo/ship/monitor/run-monitor';
import { notifyOfMonitor } from '@odoobo/ship/notifications/notify-of-monitor';
import { skillsIn } from '../executors/context.js';
import { environmentOf, type PlaceOptions } from './arguments.js';
import { readProjects } from './workspace.js';

export interface MonitorCommandOptions extends PlaceOptions {
  once?: boolean;
  json?: boolean;
  interval?: number;
  placements?: string;
  tenants?: string;
}

/**
 * Shows the state of all skills, as the target `monitor` does, and prints nothing else: Nx would print its own lines
 * around it, which break a JSON reader.
 * @returns 1 if it checks once and something is unhealthy or failed
 * @throws where an option is wrong, or Nx cannot list the skills
 */
export async function monitorCommand({
  once,
  json,
  interval,
  placements,
  tenants,
  ...place
}: MonitorCommandOptions): Promise<number> {
  const { environment, platformUrl } = await environmentOf(place);
  const projects = await readProjects();
  endWithReader();
  const options: Partial<MonitorOptions> = {
    environment,
    ...(platformUrl !== undefined && { platformUrl }),
    ...(interval !== undefined && { interval }),
    ...(placements !== undefined && { placements }),
    ...(tenants !== undefined && { tenants }),
    once: once ?? false,
    json: json ?? false,
  };
  const { success, output } = await runMonitor({
    task: 'nx-skills:monitor',
    options,
    workspaceRoot: process.cwd(),
    places: skillsIn(projects, process.cwd()),
    env: process.env,
    onReport: (place) => notifyOfMonitor(undefined, place, process.env),
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
