import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { hourAndMinute } from './format.js';
import { useMedia } from './media.js';

const height = 180;
/** Seconds between two times on the axis, which names minutes. */
const steps = [60, 120, 300, 600, 900, 1800, 3600];
/** The least that the time axis shows. */
const leastSeconds = 5 * 60;
const none: readonly number[] = [];

export interface Line {
  label: string;
  /** The value axis that it belongs to. */
  scale: string;
  /** The custom property of the style sheet that holds its colour. */
  colour: string;
  /** Bars for what is counted. */
  bars?: boolean;
  show(value: number): string;
}

export interface ChartProps {
  title: string;
  /** A description for users who do not see the chart. */
  summary: string;
  data: uPlot.AlignedData;
  /** Times at which something happened, in seconds since 1970: vertical lines. */
  marks?: readonly number[];
  lines: readonly Line[];
  /** The axis that is drawn. */
  scale: string;
  tick(value: number): string;
  /** The lowest upper end of the axis. */
  least: number;
}

/** Lines over time; the first list of the data is seconds since 1970. */
export function Chart(props: ChartProps) {
  const { title, summary, data, lines, marks = none } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const marked = useRef(marks);
  // The colours of a canvas do not follow by themselves.
  const dark = useMedia('(prefers-color-scheme: dark)');
  const names = lines.map(({ label }) => label).join();
  useEffect(() => {
    const { current } = host;
    if (!current) return undefined;
    const hooks = { draw: [(drawn: uPlot) => drawMarks(drawn, marked.current)] };
    const drawn = new uPlot({ ...optionsOf(props, current.clientWidth), hooks }, data, current);
    plot.current = drawn;
    const resized = new ResizeObserver(() => drawn.setSize({ width: current.clientWidth, height }));
    resized.observe(current);
    return () => {
      resized.disconnect();
      drawn.destroy();
    };
  }, [dark, names]);
  useEffect(() => {
    marked.current = marks;
    plot.current?.setData(data);
  }, [data, marks]);
  return (
    <section>
      <h2>{title}</h2>
      <p class="quiet">{summary}</p>
      <div ref={host} class="chart" role="img" aria-label={`Chart of ${title.toLowerCase()}. ${summary}`} />
    </section>
  );
}

function drawMarks(plot: uPlot, marks: readonly number[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour('--bad');
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  for (const at of marks) {
    const x = plot.valToPos(at, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

function optionsOf({ lines, scale, least, tick }: ChartProps, width: number): uPlot.Options {
  const axis = {
    stroke: colour('--quiet'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    scales: {
      // A minute that has just begun is not stretched over the whole width.
      x: { range: (_, min, max) => [Math.min(min, max - leastSeconds), max] },
      [scale]: { range: (_, __, max) => [0, Math.max(least, max * 1.1)] },
      // What is counted stays below the lines.
      count: { range: (_, __, max) => [0, Math.max(1, max) * 3] },
    },
    axes: [
      {
        ...axis,
        size: 34,
        incrs: steps,
        values: (_: uPlot, ticks: number[]) => ticks.map((at) => hourAndMinute(at * 1000)),
      },
      { ...axis, scale, size: 70, values: (_: uPlot, ticks: number[]) => ticks.map(tick) },
    ],
    series: [
      { label: 'time', value: (_, at) => (at === null ? '–' : hourAndMinute(at * 1000)) },
      ...lines.map(seriesOf),
    ],
  };
}

function seriesOf({ label, scale, colour: name, bars = false, show }: Line): uPlot.Series {
  const paths = bars ? uPlot.paths.bars?.({ size: [0.7, 12] }) : undefined;
  return {
    label,
    scale,
    stroke: colour(name),
    width: 2,
    spanGaps: !bars,
    points: bars ? { show: false } : { size: 4 },
    ...(bars && { fill: colour(name) }),
    ...(paths && { paths }),
    value: (_, value) => (value === null ? '–' : show(value)),
  };
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name);
}
