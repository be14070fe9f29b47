import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { ResponseTimesAnswer } from '../src/page/answers.js';
import { milliseconds } from './format.js';

const height = 180;

/** The response times of the last 15 minutes: half and 95 % of the requests, and those that failed. */
export function ResponseTimesChart({ times }: { times: ResponseTimesAnswer }) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const scheme = useColourScheme();
  useEffect(() => {
    const { current } = host;
    if (!current) return undefined;
    const drawn = new uPlot(optionsOf(current.clientWidth), dataOf(times), current);
    plot.current = drawn;
    const resized = new ResizeObserver(() => drawn.setSize({ width: current.clientWidth, height }));
    resized.observe(current);
    return () => {
      resized.disconnect();
      drawn.destroy();
    };
  }, [scheme]);
  useEffect(() => plot.current?.setData(dataOf(times)), [times]);
  const summary = summaryOf(times);
  return (
    <section>
      <h2>Response times</h2>
      <p class="quiet">{summary}</p>
      <div ref={host} class="chart" role="img" aria-label={`Chart of response times. ${summary}`} />
    </section>
  );
}

/** The colours of a canvas do not follow by themselves. */
function useColourScheme(): boolean {
  const query = matchMedia('(prefers-color-scheme: dark)');
  const [dark, setDark] = useState(query.matches);
  useEffect(() => {
    const onChange = () => setDark(query.matches);
    query.addEventListener('change', onChange);
    return () => query.removeEventListener('change', onChange);
  }, []);
  return dark;
}

function dataOf({ at, p50, p95, failures }: ResponseTimesAnswer): uPlot.AlignedData {
  return [at, p50, p95, failures.map((count) => count || null)];
}

function optionsOf(width: number): uPlot.Options {
  const axis = {
    stroke: colour('--quiet'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  const times = { ...axis, values: (_: uPlot, ticks: number[]) => ticks.map(clock) };
  const durations = {
    ...axis,
    scale: 'ms',
    size: 70,
    values: (_: uPlot, ticks: number[]) => ticks.map(tickMs),
  };
  return {
    width,
    height,
    scales: {
      ms: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] },
      // Below the lines.
      count: { range: (_, __, max) => [0, max * 3] },
    },
    axes: [times, durations],
    series: [
      { label: 'time', value: (_, at) => (at === null ? '–' : clock(at)) },
      lineOf('p50', '--accent'),
      lineOf('p95', '--second'),
      failures(),
    ],
  };
}

function lineOf(label: string, name: string): uPlot.Series {
  return {
    label,
    scale: 'ms',
    stroke: colour(name),
    width: 2,
    spanGaps: true,
    points: { size: 4 },
    value: (_, ms) => (ms === null ? '–' : milliseconds(ms)),
  };
}

function failures(): uPlot.Series {
  const paths = uPlot.paths.bars?.({ size: [0.7, 12] });
  return {
    label: 'failures',
    scale: 'count',
    stroke: colour('--bad'),
    fill: colour('--bad'),
    points: { show: false },
    ...(paths && { paths }),
    value: (_, count) => String(count ?? 0),
  };
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name);
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

function tickMs(ms: number): string {
  return `${ms} ms`;
}

function summaryOf({ p50, p95, requests, failures }: ResponseTimesAnswer): string {
  const sum = (counts: number[]) => counts.reduce((total, one) => total + one, 0);
  const last = p50.findLastIndex((ms) => ms !== null);
  const counted = `${sum(requests)} requests, ${sum(failures)} failures in 15 minutes`;
  if (last < 0) return counted;
  return `p50 ${milliseconds(p50[last] ?? 0)}, p95 ${milliseconds(p95[last] ?? 0)}; ${counted}`;
}
