import { type Report, rowsOf, sentencesOf, short } from './report.js';

const style = `
:root { color-scheme: light dark; --live: #2a6fb0; --canary: #b3560b; --grid: #8886; }
@media (prefers-color-scheme: dark) { :root { --live: #7db8f0; --canary: #f0a860; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } th, td { padding: .25rem 1rem .25rem 0; text-align: left; }
td { font-variant-numeric: tabular-nums; } tr { border-bottom: 1px solid var(--grid); }
svg { width: 100%; height: auto; } text { font-size: 12px; fill: currentColor; }
.grid { stroke: var(--grid); } polyline { fill: none; stroke-width: 2; }
polyline.live { stroke: var(--live); } polyline.canary { stroke: var(--canary); stroke-dasharray: 6 3; }
.band { opacity: .2; } .band.canary { fill: var(--canary); } .band.live { fill: var(--live); }
.key.live { color: var(--live); } .key.canary { color: var(--canary); }
`;

/** The comparison of both versions as a page of its own: it loads nothing. */
export function reportPage(report: Report): string {
  const { skill, rollout, phase, weight } = report;
  const rows = rowsOf(report).map(
    ([title, live, canary]) =>
      `<tr><th scope="row">${text(title)}</th><td>${text(live)}</td><td>${text(canary)}</td></tr>`,
  );
  const said = sentencesOf(report).map((sentence) => `<p>${text(sentence)}</p>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(skill)}: both versions</title>
<style>${style}</style>
</head>
<body>
<h1>${text(skill)}: both versions</h1>
<p>Rollout ${text(rollout)} is ${phase}; ${weight} % of the clients get the new version.</p>
${said.join('\n')}
<table>
<thead><tr><th scope="col">Measure</th><th scope="col">Live</th><th scope="col">New version</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
${charts(report).join('\n')}
</body>
</html>
`;
}

function charts({ history }: Report): string[] {
  const outcomes = history.flatMap(({ at, outcome }): ChartPoint[] =>
    outcome ? [{ at: Date.parse(at), value: outcome.estimate, low: outcome.low, high: outcome.high }] : [],
  );
  const over = (name: string, look: Line['look'], of: (one: Report['history'][number]) => number): Line => ({
    name,
    look,
    points: history.map((one) => ({ at: Date.parse(one.at), value: of(one) })),
  });
  const failed = (look: Line['look'], name: string): Line =>
    over(name, look, ({ requests, failures }) =>
      requests[look] === 0 ? 0 : (100 * failures[look]) / requests[look],
    );
  return [
    section(
      'Outcomes: new version minus live',
      [
        {
          name: 'difference of the means, with the interval that holds at all times',
          look: 'canary',
          points: outcomes,
        },
      ],
      short,
    ),
    section('Failed requests so far', [failed('live', 'live'), failed('canary', 'new version')], percent),
    section('Clients that get the new version', [over('weight', 'canary', ({ weight }) => weight)], percent),
  ];
}

function section(title: string, lines: readonly Line[], write: (value: number) => string): string {
  const svg = chart(title, lines, write);
  if (svg === '') return `<h2>${title}</h2>\n<p>Nothing was seen yet.</p>`;
  const keys = lines.map(({ name, look }) => `<span class="key ${look}">${name}</span>`);
  return `<h2>${title}</h2>\n<p>${keys.join(', ')}</p>\n${svg}`;
}

function percent(value: number): string {
  return `${short(value)} %`;
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function text(of: string): string {
  return of.replaceAll(/[&<>"]/g, (one) => escapes[one] ?? one);
}

/** One line of a chart. */
interface Line {
  name: string;
  /** A class of the page: it gives the colour. */
  look: 'live' | 'canary';
  points: readonly ChartPoint[];
}

interface ChartPoint {
  /** Milliseconds since the epoch. */
  at: number;
  value: number;
  /** A band around the line. */
  low?: number;
  high?: number;
}

const width = 720;
const height = 220;
const margin = { left: 64, right: 12, top: 12, bottom: 28 };

/** A chart over time, as SVG; its name is for those who do not see it. */
function chart(name: string, lines: readonly Line[], write: (value: number) => string): string {
  const points = lines.flatMap((line) => line.points);
  const first = points[0];
  if (!first) return '';
  const values = points.flatMap(({ value, low = value, high = value }) => [low, high]);
  const [lowest, highest] = [Math.min(0, ...values), Math.max(0, ...values)];
  const times = points.map(({ at }) => at);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const x = (at: number): number =>
    margin.left + ((at - from) / (to - from || 1)) * (width - margin.left - margin.right);
  const y = (value: number): number =>
    margin.top + ((highest - value) / (highest - lowest || 1)) * (height - margin.top - margin.bottom);
  const ticks = [...new Set([highest, 0, lowest])];
  const grid = ticks.map(
    (value) =>
      `<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${at(y(value))}" y2="${at(y(value))}"/>` +
      `<text x="${margin.left - 6}" y="${at(y(value) + 4)}" text-anchor="end">${write(value)}</text>`,
  );
  const ends = [from, to].map(
    (time, index) =>
      `<text x="${at(x(time))}" y="${height - 8}" text-anchor="${index === 0 ? 'start' : 'end'}">${timeOf(time)}</text>`,
  );
  const drawn = lines.map(({ look, points: own }) => {
    const band = own.filter(({ low, high }) => low !== undefined && high !== undefined);
    const there = band.map(({ at: time, high = 0 }) => `${at(x(time))},${at(y(high))}`);
    const back = band.map(({ at: time, low = 0 }) => `${at(x(time))},${at(y(low))}`).reverse();
    const line = own.map(({ at: time, value }) => `${at(x(time))},${at(y(value))}`).join(' ');
    const filled =
      band.length > 0 ? `<polygon class="${look} band" points="${[...there, ...back].join(' ')}"/>` : '';
    return `${filled}<polyline class="${look}" points="${line}"/>`;
  });
  return (
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${name}">` +
    `${[...grid, ...ends, ...drawn].join('')}</svg>`
  );
}

function at(pixels: number): string {
  return pixels.toFixed(1);
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ') + ' UTC';
}
