import type { RouterState } from '@odoobo/app-platform/rollout';
import type { App } from '@odoobo/app-platform/spec';
import { useCallback, useMemo, useRef } from 'preact/hooks';
import type { RolloutAnswer } from '../src/page/answers.js';
import { Chart, type Line } from './chart.js';
import { dateAndTime, milliseconds, timeOfDay } from './format.js';
import type { Platform } from './platform.js';
import { usePolled } from './polling.js';
import { RolloutActions } from './rollout-actions.js';
import { Outcomes } from './rollout-outcomes.js';

type Rollout = NonNullable<RolloutAnswer['rollout']>;

interface RolloutViewProps {
  platform: Platform;
  app: App;
  /** Called after the rollout was steered. */
  onChanged(): void;
}

/** Both versions of a rollout side by side, what it waits for, and how it came that far. */
export function RolloutView({ platform, app, onChanged }: RolloutViewProps) {
  const read = useCallback((signal: AbortSignal) => platform.rollout(app.id, signal), [platform, app.id]);
  const { value, again } = usePolled(read);
  const last = useRef<RouterState>(undefined);
  if (!value) return <p class="quiet">Loading the rollout…</p>;
  const { rollout } = value;
  if (!rollout) return <p class="quiet">No rollout of {app.spec.name} is live.</p>;
  // Routers that do not answer once must not take away a question that is being asked.
  if (rollout.state) last.current = rollout.state;
  const state = last.current?.rollout === rollout.id ? last.current : undefined;
  const onSteered = () => {
    again();
    onChanged();
  };
  return (
    <>
      {rollout.trouble !== undefined && <p class="reason">{rollout.trouble}</p>}
      {state && (
        <>
          <Standing state={state} />
          <RolloutActions platform={platform} app={app} state={state} onSteered={onSteered} />
          <Variants state={state} />
          <Outcomes state={state} />
        </>
      )}
      <Weights weights={rollout.weights} />
      <Events events={rollout.events} />
    </>
  );
}

const conditions: Record<string, string> = {
  time: 'time to pass',
  requests: 'requests to the canary',
  approval: 'an approval',
};
const phases: Record<string, string> = { out: 'bad', held: 'busy', done: 'good' };

function Standing({ state }: { state: RouterState }) {
  const { phase, step, weight, held, out, verdict, routers } = state;
  const waitsFor = (step?.waitsFor ?? []).map((one) => conditions[one] ?? one);
  const verdicts: Record<string, string> = { good: 'good', bad: 'bad' };
  return (
    <section>
      <h2>
        {step
          ? `Step ${step.index + 1} of ${step.of}, ${weight} % of the clients`
          : `${weight} % of the clients`}
      </h2>
      <p class="standing">
        <span class={`badge ${phases[phase] ?? 'busy'}`}>{phase}</span>
        <span class={`badge ${verdicts[verdict.answer] ?? 'past'}`}>verdict: {verdict.answer}</span>
        {phase === 'going' && waitsFor.length > 0 && <span>waits for {waitsFor.join(' and ')}</span>}
        {step?.until !== undefined && phase !== 'out' && (
          <span class="quiet">until {dateAndTime(step.until)} at most</span>
        )}
      </p>
      {routers && (
        <p class={routers.heard.length < routers.expected ? 'reason' : 'quiet'}>
          Heard of {routers.heard.length} of {routers.expected}{' '}
          {routers.expected === 1 ? 'router' : 'routers'} in the last half minute.
        </p>
      )}
      {out && <p class="reason">Out: {out.because}</p>}
      {held && <p class="reason">Held: {held.because}</p>}
      {!out && verdict.because !== undefined && <p class="quiet">{verdict.because}</p>}
    </section>
  );
}

type Counts = RouterState['variants']['live'];

const rows: readonly [string, (counts: Counts) => string][] = [
  ['Requests', ({ requests }) => String(requests)],
  ['Failures', ({ failures }) => String(failures)],
  [
    'Failed',
    ({ requests, failures }) => (requests === 0 ? '–' : `${((100 * failures) / requests).toFixed(2)} %`),
  ],
  ['p50', ({ p50 }) => (p50 == null ? '–' : milliseconds(p50))],
  ['p95', ({ p95 }) => (p95 == null ? '–' : milliseconds(p95))],
];

function Variants({ state: { variants, weight } }: { state: RouterState }) {
  return (
    <section>
      <h2 id="variants">Both versions</h2>
      <div class="wide">
        <table aria-labelledby="variants">
          <thead>
            <tr>
              <th scope="col">
                <span class="unseen">What was counted</span>
              </th>
              <th scope="col" class="number">
                Live
              </th>
              <th scope="col" class="number">
                Canary
              </th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">Share now</th>
              <td class="number">{100 - weight} %</td>
              <td class="number">{weight} %</td>
            </tr>
            {rows.map(([name, show]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="number">{show(variants.live)}</td>
                <td class="number">{show(variants.canary)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const percent = (value: number) => `${value} %`;
const lines: Line[] = [{ label: 'canary', scale: 'weight', colour: '--accent', show: percent }];

/** A weight stays until the next one. */
function Weights({ weights: { at, weight } }: Pick<Rollout, 'weights'>) {
  const data = useMemo(() => {
    const until = at.map((time, index) => [time, (at[index + 1] ?? Date.now() / 1000) - 0.001]);
    return [until.flat(), weight.flatMap((share) => [share, share])] as Parameters<typeof Chart>[0]['data'];
  }, [at.length, at.at(-1)]);
  if (at.length === 0) return null;
  return (
    <Chart
      title="Weight of the canary"
      summary={`now ${weight.at(-1)} %, at most ${Math.max(...weight)} %`}
      data={data}
      lines={lines}
      scale="weight"
      least={100}
      tick={percent}
    />
  );
}

function Events({ events }: Pick<Rollout, 'events'>) {
  if (events.length === 0) return null;
  return (
    <section>
      <h2 id="events-of-rollout">What happened</h2>
      <ol class="events" aria-labelledby="events-of-rollout">
        {events.map(({ at, what, detail }) => (
          <li key={`${at} ${what}`}>
            <time dateTime={at} title={dateAndTime(at)}>
              {timeOfDay(at)}
            </time>{' '}
            {what} {detail}
          </li>
        ))}
      </ol>
    </section>
  );
}
