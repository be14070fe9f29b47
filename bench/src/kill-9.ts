import { describeMoment, KillNineSoak, type Round, type Target, targets } from '@odoobo/e2e/kill-9';
import type { Report } from './support/benchmark.js';
import { table } from './support/report.js';
import { percentile } from './support/statistics.js';

const rounds = 200;
const seed = 9;
/** An undisturbed deploy is measured once per this number of rounds. */
const rivalEvery = 10;

/** The state of a deploy after kill -9 of the platform, of the deployer, or of both. */
export async function killNine(signal: AbortSignal): Promise<Report> {
  const soak = await KillNineSoak.start(seed);
  try {
    const done: Round[] = [];
    const undisturbedMs: number[] = [];
    while (done.length < rounds) {
      signal.throwIfAborted();
      const round = await soak.round();
      done.push(round);
      if (round.problems.length > 0) process.stderr.write(`Round ${done.length}: ${JSON.stringify(round)}\n`);
      if (done.length % rivalEvery > 0) continue;
      undisturbedMs.push(await soak.undisturbed());
      process.stderr.write(`${done.length} of ${rounds} kills\n`);
    }
    return report(done, undisturbedMs);
  } finally {
    await soak.close();
  }
}

function report(done: readonly Round[], undisturbedMs: readonly number[]): Report {
  const converged = done.filter(({ problems }) => problems.length === 0).length;
  return {
    title: `${rounds} times kill -9`,
    body: `A platform with three apps runs as a process of its own. In each round a deployer, a process as well, brings one to three
of them to another version: a new one, the one before, or one that fails. At a random moment the platform, the deployer or both
get SIGKILL; in every seventh round the platform had been killed before, so that the deployer has to start it. Half the moments
are spread evenly over the time that a deploy takes, half come right after a file was written. Then the same is deployed once
more, undisturbed, and must converge. Seed ${seed}.

${killTable(done)}

${outcomeTable(done)}

From the kill until the next deploy is done; the rival is a deploy that nothing disturbs, after every ${rivalEvery}th round:

${recoveryTable(done, undisturbedMs)}

Goal: the next deploy converges after each kill, with one deployment a change and no orphan process. ${converged} of ${rounds} did: ${
      converged === rounds ? 'met' : 'NOT met'
    }.

${problemLines(done).slice(0, 20).join('\n')}`,
  };
}

function killTable(done: readonly Round[]): string {
  const moments = [...new Set(done.map(({ plan }) => describeMoment(plan.moment)))].sort();
  const count = (moment: string, target: Target) =>
    String(
      done.filter(({ plan }) => plan.target === target && describeMoment(plan.moment) === moment).length,
    );
  const rows = moments.map((moment) => [moment, ...targets.map((target) => count(moment, target))]);
  const all = targets.map((target) => String(done.filter(({ plan }) => plan.target === target).length));
  return table(['killed', ...targets], [...rows, ['all', ...all]]);
}

function outcomeTable(done: readonly Round[]): string {
  const with_ = (...kinds: Round['problems'][number]['of'][]) =>
    String(done.filter(({ problems }) => problems.some(({ of }) => kinds.includes(of))).length);
  return table(
    ['rounds', ''],
    [
      ['in which everything was correct', String(done.filter((one) => one.problems.length === 0).length)],
      ['with a deployment too many or too few', with_('number of deployments')],
      ['with an orphan process, or one too few', with_('processes')],
      ['with another version live, at another URL, or none', with_('state', 'answer')],
      ['in which the next deploy did not end as it should', with_('result')],
      ['with files left over', with_('files')],
      ['in which the deploy was over before the kill', String(done.filter(({ tooLate }) => tooLate).length)],
      [
        'in which the deployer had to start the platform',
        String(done.filter(({ plan }) => plan.platformDown).length),
      ],
    ],
  );
}

/** From the kill until the next deploy has ended, against an undisturbed deploy. */
function recoveryTable(done: readonly Round[], undisturbedMs: readonly number[]): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  const row = (name: string, times: readonly number[]) => [
    name,
    ...[0.5, 0.95, 1].map((share) => (times.length > 0 ? seconds(percentile(times, share)) : '-')),
    times.length > 0 ? (percentile(times, 0.5) / percentile(undisturbedMs, 0.5)).toFixed(1) : '-',
  ];
  const killed = targets.map((target) =>
    row(
      target,
      done.filter(({ plan }) => plan.target === target).map(({ recoveryMs }) => recoveryMs),
    ),
  );
  return table(
    ['killed', 'median', 'p95', 'longest', 'ratio of medians'],
    [...killed, row('nothing (rival)', undisturbedMs)],
  );
}

function problemLines(done: readonly Round[]): string[] {
  return done.flatMap(({ plan, problems }, index) =>
    problems.map(
      ({ of, says }) =>
        `- round ${index + 1} (${plan.target}, ${describeMoment(plan.moment)}): ${of}: ${says}`,
    ),
  );
}
