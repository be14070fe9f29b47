import { setMaxListeners } from 'node:events';
import { earliestEnd, slowestDeploy, writesOrSlowest, writtenApps } from './scale/earliest-end.js';
import { measure, type Outcome } from './scale/measure.js';
import type { Arm, Method } from './scale/messages.js';
import type { Scenario } from './scale/scenario.js';
import type { Report } from './support/benchmark.js';
import { table } from './support/report.js';

const arm = (method: Method, factor: number, scenario: Scenario, update = false): Arm => {
  return { method, factor, scenario, update };
};

/** Arms with little work each, so they run in parallel. */
const few = {
  'equal, 5': arm('fleet', 5, { apps: 5, deploys: 'equal' }),
  'spread, 5': arm('fleet', 5, { apps: 5, deploys: 'spread' }),
  'equal, 100': arm('fleet', 5, { apps: 100, deploys: 'equal' }),
  'spread, 100': arm('fleet', 5, { apps: 100, deploys: 'spread' }),
};
const thousands = {
  'equal, 1,000': arm('fleet', 10, { apps: 1000, deploys: 'equal' }),
  'spread, 1,000': arm('fleet', 10, { apps: 1000, deploys: 'spread' }),
  'short, 1,000': arm('fleet', 10, { apps: 1000, deploys: 'short' }),
  'equal, 1,000, 5% fail': arm('fleet', 10, { apps: 1000, deploys: 'equal', failing: 0.05 }),
  'equal, 1,000, updates': arm('fleet', 10, { apps: 1000, deploys: 'equal' }, true),
};
/** Each skill has five placements in three waves. Slower, so that this machine's own work is no part of what waves wait for. */
const inWaves = {
  'short, 200 x 5 in 3 waves, 3% fail': arm('fleet', 2, {
    apps: 1000,
    deploys: 'short',
    failing: 0.03,
    waves: [1, 2, 2, 3, 3],
  }),
};
const fewByRivals = {
  'equal, 5, one at a time': arm('one at a time', 25, { apps: 5, deploys: 'equal' }),
  'equal, 5, polling each': arm('polling each', 5, { apps: 5, deploys: 'equal' }),
  'equal, 100, polling each': arm('polling each', 10, { apps: 100, deploys: 'equal' }),
};
const thousandsByRivals = {
  'equal, 1,000, polling each': arm('polling each', 20, { apps: 1000, deploys: 'equal' }),
};
const ours = { ...few, ...thousands, ...inWaves };
const rivals = { ...fewByRivals, ...thousandsByRivals };

type Name = keyof typeof ours | keyof typeof rivals;

/** Hundreds of simulated skills, deployed by the engine and in two simpler ways, within the real rate limits. */
export async function scale(signal: AbortSignal): Promise<Report> {
  // Each process adds a listener.
  setMaxListeners(0, signal);
  const outcomes = new Map<Name, Outcome>();
  const run = async ([name, one]: [string, Arm]): Promise<void> => {
    process.stderr.write(`  ${name}...\n`);
    outcomes.set(name as Name, await measure(one, signal));
  };
  await Promise.all(Object.entries({ ...few, ...fewByRivals }).map(run));
  for (const one of Object.entries({ ...thousands, ...inWaves, ...thousandsByRivals })) await run(one);
  return report((name) => {
    const outcome = outcomes.get(name);
    if (!outcome) throw new Error(`"${name}" was not measured.`);
    return outcome;
  });
}

const goals = { 5: 1.05, 100: 1.1, 1000: 1.25 } as const;

function report(of: (name: Name) => Outcome): Report {
  const names = Object.keys(ours) as (keyof typeof ours)[];
  const thousand = of('equal, 1,000');
  const waves = of('short, 200 x 5 in 3 waves, 3% fail');
  const failing = of('equal, 1,000, 5% fail');
  const checks: [string, boolean][] = [
    ...([5, 100, 1000] as const).map((apps): [string, boolean] => {
      const both = names.filter((name) => [`equal, ${count(apps)}`, `spread, ${count(apps)}`].includes(name));
      return [
        `wall / limit at most ${goals[apps]} with ${count(apps)} apps`,
        both.every((name) => ratio(of(name)) <= goals[apps]),
      ];
    }),
    [
      'wall / the writes alone at most 1.25 with 1,000 half-minute deployments',
      overWrites(of('short, 1,000')) <= 1.25,
    ],
    ['at most 1.5 calls an app with 1,000 five-minute deployments', thousand.calls / 1000 <= 1.5],
    ['wall / limit at most 1.25 in three waves of half-minute deployments', ratio(waves) <= 1.25],
    [
      'at most 1.25 calls a write in three waves, and every state right',
      waves.calls <= 1.25 * writtenApps(waves.arm.scenario).length && waves.wrong.length === 0,
    ],
    ['no 429', names.every((name) => of(name).refused === 0)],
    ['with 5% failing every state is right', failing.wrong.length === 0],
  ];
  return {
    title: 'A thousand skills',
    body: `Simulated apps on the local platform, with the limits of the real one: 250 calls a minute, 5,000 an hour. A deployment takes
five minutes (equal), one to five (spread) or half a minute (short). All are created at once, except where they are updated:
then they are there in an earlier version. Time passes faster than it does by the factor in the second column, so what this
machine does itself counts that much more: the ratios are conservative. The platform runs in a process of its own; memory, CPU time
and sockets are the deployer's.

The limit is the earliest that any client could be done which does not know how long each deployment takes: 250 writes
leave at once and 250 more each minute, and then a deployment takes its time. With 1,000 apps the last write leaves after
three minutes, so five-minute deployments are done after eight. A client that first reads what is there makes at least
one call more, and its last write leaves after four minutes: that, and not the engine, is most of what the wall with 1,000 apps
exceeds the limit by. Beside it stands the slowest deployment, or the writes at 250 a minute (a thousand: four minutes), whichever
takes longer.

## By the engine

${table(
  head,
  names.map((name) => row(name, of(name))),
)}

${checks.map(([goal, met]) => `- ${goal}: ${met ? 'met' : 'NOT met'}`).join('\n')}

In three waves, ${writtenApps(waves.arm.scenario).length} apps are written, and the others held because an app of an earlier wave of their skill failed. The limit knows
the waves: no app is written before those of the wave before are live. Any client needs a few calls more than the writes: to see when apps are live, and why others
are not. It has four minutes of 250 calls for ${writtenApps(waves.arm.scenario).length} writes before the last wave has to leave, so the engine reads why apps failed after that.

With 5% failing the others were live after ${time(failing.goodWallMs)}, and without after ${time(thousand.wallMs)}.
${names.flatMap((name) => of(name).wrong.slice(0, 5)).join('\n')}

## Rivals

One at a time: the engine with one app after another. ${oneAtATime(of)}
Polling each: for each app a loop as in the official CLI, all at the same time: create it, then read its deployment every
10 s; when refused, wait as told.

${table(
  head,
  (Object.keys(rivals) as (keyof typeof rivals)[]).map((name) => row(name, of(name))),
)}`,
  };
}

const head = [
  '',
  'time x',
  'wall',
  'slowest deploy',
  'wall / it',
  'limit',
  'wall / limit',
  'writes or slowest',
  'wall / it',
  'calls an app',
  '429s',
  'peak MB',
  'CPU s',
  'sockets',
];

function row(name: string, outcome: Outcome): string[] {
  const { arm, wallMs, calls, refused, peakMegabytes, cpuSeconds, sockets } = outcome;
  const against = (bound: number) => [time(bound), (wallMs / bound).toFixed(3)];
  return [
    name,
    String(arm.factor),
    time(wallMs),
    ...against(slowestDeploy(arm.scenario)),
    ...against(earliestEnd(arm.scenario)),
    ...against(writesOrSlowest(arm.scenario)),
    (calls / arm.scenario.apps).toFixed(2),
    String(refused),
    peakMegabytes.toFixed(0),
    cpuSeconds.toFixed(1),
    String(sockets),
  ];
}

const count = (apps: number) => apps.toLocaleString('en');

function ratio({ wallMs, arm }: Outcome): number {
  return wallMs / earliestEnd(arm.scenario);
}

function overWrites({ wallMs, arm }: Outcome): number {
  return wallMs / writesOrSlowest(arm.scenario);
}

function oneAtATime(of: (name: Name) => Outcome): string {
  const { wallMs, arm } = of('equal, 5, one at a time');
  const each = wallMs / arm.scenario.apps;
  const hours = (apps: number) => `${((each * apps) / 3_600_000).toFixed(1)} h`;
  return `Measured with 5; not measured but reckoned from that: 100 take ${hours(100)}, 1,000 take ${hours(1000)}.`;
}

/** Such as `8 min 12 s`. */
function time(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
