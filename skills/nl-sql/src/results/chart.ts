import type { Cell, Rows } from '../databases/source.js';
import { isNumeric } from './numeric.js';

type Type = 'quantitative' | 'temporal' | 'nominal';

interface Field {
  index: number;
  /** Where the chart's data have it. A column's own name may hold dots and brackets, which Vega-Lite reads as a path. */
  name: string;
  title: string;
  type: Type;
}

/** A specification of Vega-Lite 5, with the rows in it. */
export type Chart = Record<string, unknown>;

/** More bars cannot be told from each other. */
const mostBars = 50;

/**
 * Draws rows that show a number by something: a line by date, bars by name, points for two numbers. Colours distinguish a second
 * name. Returns undefined for rows that are no such thing: a single value, a list of texts, more bars than one can see.
 */
export function toChart(title: string, rows: Rows): Chart | undefined {
  const fields = rows.columns.map((name, index) => fieldOf(name, index, rows.rows));
  const drawn = rows.rows.length > 1 ? encodingOf(fields, rows.rows) : undefined;
  if (!drawn) return undefined;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title,
    data: { values: rows.rows.map((row) => record(row, fields)) },
    ...drawn,
  };
}

function fieldOf(title: string, index: number, rows: Cell[][]): Field {
  return { index, name: `column_${index + 1}`, title, type: typeOf(title, index, rows) };
}

function typeOf(title: string, index: number, rows: Cell[][]): Type {
  const present = rows.map((row) => row[index] ?? null).filter((cell) => cell !== null);
  if (present.length === 0) return 'nominal';
  if (present.every((cell) => /^\d{4}-\d{2}-\d{2}(?:[T ]|$)/.test(String(cell)))) return 'temporal';
  const isKey = /(?:^|_)(?:id|code|key)$|[a-z]Id$/i.test(title);
  return !isKey && present.every(isNumeric) ? 'quantitative' : 'nominal';
}

function encodingOf(fields: Field[], rows: Cell[][]): Chart | undefined {
  const [measure, other] = fields.filter(({ type }) => type === 'quantitative').reverse();
  const time = fields.find(({ type }) => type === 'temporal');
  const [name, second, third] = fields.filter(({ type }) => type === 'nominal');
  if (!measure || (third && !time)) return undefined;
  if (time && !second) return { mark: { type: 'line', point: true }, encoding: byTime(time, measure, name) };
  if (name && !time && rows.length <= mostBars) return bars(measure, name, second);
  if (!name && !time && other) return { mark: 'point', encoding: { x: axis(other), y: axis(measure) } };
  return undefined;
}

function byTime(time: Field, measure: Field, name: Field | undefined): Chart {
  return { x: axis(time), y: axis(measure), ...(name && { color: axis(name) }) };
}

/** The bars stay in the order of the rows: a question may have asked for it. */
function bars(measure: Field, name: Field, second: Field | undefined): Chart {
  const color = second && { color: axis(second) };
  return { mark: 'bar', encoding: { y: { ...axis(name), sort: null }, x: axis(measure), ...color } };
}

function axis({ name, title, type }: Field): Chart {
  return { field: name, type, title };
}

function record(row: Cell[], fields: Field[]): Record<string, Cell> {
  return Object.fromEntries(
    fields.map(({ index, name, type }) => {
      const cell = row[index] ?? null;
      return [name, type === 'quantitative' && cell !== null ? Number(cell) : cell];
    }),
  );
}
