import { useMemo } from 'preact/hooks';
import uPlot from 'uplot';
import type { ComponentUsage, RaisedAlert, UsageAnswer } from '../src/page/answers.js';
import { Chart, type Line } from './chart.js';
import { age, count, megabytes } from './format.js';

const percent = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} %`;
const colours = ['--accent', '--second', '--good', '--busy'];

type Measured = 'cpuPercent' | 'memoryBytes';

/** Processor and memory of each component over the last hour, when it was restarted, and when its alerts were raised. */
export function UsageCharts({ usage: { components, alerts } }: { usage: UsageAnswer }) {
  const marks = useMemo(() => alerts.map(({ at }) => Date.parse(at) / 1000), [alerts]);
  const cpu = useMemo(() => dataOf(components, 'cpuPercent'), [components]);
  const memory = useMemo(() => dataOf(components, 'memoryBytes'), [components]);
  if (components.length === 0) {
    return (
      <>
        <AlertList alerts={alerts} />
        <p class="quiet">
          Processor and memory: nothing is measured yet, or no process of this app is running.
        </p>
      </>
    );
  }
  return (
    <>
      <AlertList alerts={alerts} />
      <Chart
        title="Processor"
        summary={summaryOf(components, 'cpuPercent', percent)}
        data={cpu}
        marks={marks}
        lines={linesOf(components, 'cpu', percent)}
        scale="cpu"
        least={1}
        tick={(value) => `${value} %`}
      />
      <Chart
        title="Memory"
        summary={summaryOf(components, 'memoryBytes', megabytes)}
        data={memory}
        marks={marks}
        lines={linesOf(components, 'memory', megabytes)}
        scale="memory"
        least={10e6}
        tick={(bytes) => `${Math.round(bytes / 1e6)} MB`}
      />
    </>
  );
}

/** The alerts of the App Spec that were raised; their times are marked in the charts. */
function AlertList({ alerts }: { alerts: readonly RaisedAlert[] }) {
  if (alerts.length === 0) return null;
  return (
    <section>
      <h2 id="alerts">Alerts</h2>
      <ul aria-labelledby="alerts">
        {alerts.map((alert) => (
          <li key={alert.id} class={alert.endedAt === undefined ? 'reason' : 'quiet'}>
            {describeAlert(alert)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function describeAlert({ rule, component, reason, at, endedAt }: RaisedAlert): string {
  const what = component === undefined ? rule : `${rule} of ${component}`;
  const until = endedAt === undefined ? '' : `, ended ${age(endedAt)} ago`;
  return `${what}, raised ${age(at)} ago${until}: ${reason}`;
}

/** Components need not have begun at the same time. */
function dataOf(components: readonly ComponentUsage[], measured: Measured): uPlot.AlignedData {
  const none = components.length === 0;
  return none ? [[]] : uPlot.join(components.map((component) => columnsOf(component, measured)));
}

function columnsOf({ times, restarts, ...component }: ComponentUsage, measured: Measured): uPlot.AlignedData {
  const seconds = times.map((at) => at / 1000);
  return [seconds, component[measured], restarts.map((restarted) => restarted || null)];
}

function linesOf(components: readonly ComponentUsage[], scale: string, show: Line['show']): Line[] {
  return components.flatMap(({ component }, index): Line[] => [
    { label: component, scale, colour: colours[index % colours.length] ?? '', show },
    { label: `${component} restarts`, scale: 'count', colour: '--bad', bars: true, show: String },
  ]);
}

function summaryOf(components: readonly ComponentUsage[], measured: Measured, show: Line['show']): string {
  return components
    .map(({ component, restarts, [measured]: values }) => {
      const last = values.findLast((value) => value !== null);
      const restarted = restarts.reduce((total, one) => total + one, 0);
      return `${component} ${last == null ? 'not running' : show(last)}, ${count(restarted, 'restart')}`;
    })
    .join('; ');
}
