import { aYear } from './a-year.js';
import { measureAudit } from './audit.js';
import { measureBuilds } from './builds.js';
import { coldStart } from './cold-start.js';
import { database } from './database.js';
import { firstDeploy } from './first-deploy.js';
import { firstStart } from './first-start.js';
import { killNine } from './kill-9.js';
import { measureLoad } from './load.js';
import { measureMerges } from './merges.js';
import { nothingChanged } from './nothing-changed.js';
import { page } from './page.js';
import { proxy } from './proxy.js';
import { restart } from './restart.js';
import { rollback } from './rollback.js';
import { measureRollouts } from './rollouts.js';
import { router } from './router.js';
import { scale } from './scale.js';
import { scrape } from './scrape.js';
import { measureSkills } from './skills.js';
import { measureStart } from './start.js';
import type { Benchmark } from './support/benchmark.js';
import { describeMachine, writeReport } from './support/report.js';
import { switchUnderLoad } from './switch-under-load.js';
import { measureTelemetry } from './telemetry.js';
import { measureVerdict } from './verdict.js';
import { measureWorktrees } from './worktrees.js';

const benchmarks: Record<string, Benchmark> = {
  'a-year': aYear,
  audit: measureAudit,
  builds: measureBuilds,
  'cold-start': coldStart,
  database,
  'first-deploy': firstDeploy,
  'first-start': firstStart,
  'kill-9': killNine,
  load: measureLoad,
  merges: measureMerges,
  'nothing-changed': nothingChanged,
  page,
  restart,
  rollback,
  rollouts: measureRollouts,
  router,
  scale,
  scrape,
  skills: measureSkills,
  proxy,
  start: measureStart,
  'switch-under-load': switchUnderLoad,
  telemetry: measureTelemetry,
  verdict: measureVerdict,
  worktrees: measureWorktrees,
};

/** No benchmark takes half as long, even on a busy machine. The longest one is kill-9. */
const deadlineMs = 3_600_000;

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => interrupted.abort(new Error(`Stopped by ${name}.`)));
}

async function run(name: string): Promise<void> {
  const benchmark = benchmarks[name];
  const known = Object.keys(benchmarks).join(', ');
  if (!benchmark) throw new Error(`There is no benchmark "${name}". Take one of: ${known}`);
  process.stderr.write(`Measuring ${name}...\n`);
  const machine = describeMachine();
  const report = await withDeadline(name, benchmark);
  process.stdout.write(`\n${await writeReport(name, machine, report)}\n`);
}

async function withDeadline(name: string, benchmark: Benchmark) {
  const controller = new AbortController();
  const stop = () => controller.abort(interrupted.signal.reason);
  interrupted.signal.addEventListener('abort', stop);
  const late = new Error(`${name} did not end within ${deadlineMs / 1000} s.`);
  const deadline = setTimeout(() => controller.abort(late), deadlineMs);
  try {
    return await benchmark(controller.signal);
  } finally {
    clearTimeout(deadline);
    interrupted.signal.removeEventListener('abort', stop);
  }
}

const named = process.argv.slice(2);
try {
  for (const name of named.length > 0 ? named : Object.keys(benchmarks)) await run(name);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
