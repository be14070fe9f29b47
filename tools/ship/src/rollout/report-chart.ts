/** One line of a chart. */
export interface Line {
  name: string;
  /** A class of the page: it gives the colour. */
  look: 'live' | 'canary';
  points: readonly ChartPoint[];
}

export interface ChartPoint {
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
export function chart(name: string, lines: readonly Line[], write: (value: number) => string): string {
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
