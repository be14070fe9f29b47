import { systemClock } from '@odoobo/machine/time';
import type { SkillPlace } from '../manifest/skill-place.js';
import { findPlaces } from '../placement/place-skills.js';
import { interruptedCode } from '../runs/interrupted.js';
import { parseOptions } from '../runs/options.js';
import type { SkillOutcome } from '../runs/run-end.js';
import { describeError } from '../terminal/describe-error.js';
import { type Display, openDisplay } from './display.js';
import { Fleet } from './fleet.js';
import { type MonitorOptions, monitorOptions } from './options.js';
import type { MonitorReport } from './report.js';

/** How often a terminal updates the displayed ages, in milliseconds. */
const refreshMs = 1_000;

/** What a monitor should show. */
export interface MonitorRun {
  /** `acme:monitor`, as messages name it. */
  task: string;
  options: unknown;
  workspaceRoot: string;
  places: readonly SkillPlace[];
  env: NodeJS.ProcessEnv;
  /** Returns the function to call with each report of a continuous monitor. */
  onReport: (environment: MonitorOptions['environment']) => (report: MonitorReport) => void;
}

/** Shows the state of all skills, once or repeatedly. Does not return when it is interrupted: the process ends. */
export async function runMonitor(monitor: MonitorRun): Promise<SkillOutcome> {
  const { workspaceRoot, places, env } = monitor;
  const { signal, done } = abortOnSignal();
  try {
    const options = parseOptions(monitorOptions, monitor.options, monitor.task);
    const onReport = monitor.onReport(options.environment);
    const apps = await findPlaces(places, options);
    const fleet = await Fleet.open({ workspaceRoot, places: apps, options, env });
    const display = openDisplay(options, env);
    const run = options.once
      ? lookOnce(fleet, display, signal)
      : watch(fleet, display, onReport, options.interval, signal);
    return { success: await run.finally(() => display.close()), output: '' };
  } catch (error) {
    if (signal.aborted) process.exit(interruptedCode);
    return { success: false, output: `${describeError(error)}\n` };
  } finally {
    done();
  }
}

/** @returns whether no skill is unhealthy or failed */
async function lookOnce(fleet: Fleet, display: Display, signal: AbortSignal): Promise<boolean> {
  await fleet.look(signal);
  const report = fleet.report();
  if (report.trouble !== undefined) throw new Error(report.trouble);
  await display.show(report);
  return report.success;
}

/** Each check ends before the next one begins. */
async function watch(
  fleet: Fleet,
  display: Display,
  onReport: (report: MonitorReport) => void,
  interval: number,
  signal: AbortSignal,
): Promise<never> {
  const refreshing = setInterval(() => display.refresh(fleet.report()), refreshMs);
  try {
    for (;;) {
      const next = systemClock.now() + interval * 1000;
      await look(fleet, signal);
      const report = fleet.report();
      onReport(report);
      await display.show(report);
      await systemClock.sleep(Math.max(0, next - systemClock.now()), signal);
    }
  } finally {
    clearInterval(refreshing);
  }
}

/**
 * Checks with a new signal. Node 20 never releases what `AbortSignal.any` adds to a long-lived signal: a thousand
 * requests per check would fill the memory within days.
 */
async function look(fleet: Fleet, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const own = new AbortController();
  const stop = () => own.abort(signal.reason);
  signal.addEventListener('abort', stop);
  try {
    await fleet.look(own.signal);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Aborts on Ctrl-C, or when Nx has ended: it may have been killed. */
function abortOnSignal(): { signal: AbortSignal; done: () => void } {
  const controller = new AbortController();
  const stop = () => controller.abort(new Error('interrupted'));
  process.on('SIGINT', stop).on('SIGTERM', stop).on('disconnect', stop);
  const done = () => void process.off('SIGINT', stop).off('SIGTERM', stop).off('disconnect', stop);
  return { signal: controller.signal, done };
}
