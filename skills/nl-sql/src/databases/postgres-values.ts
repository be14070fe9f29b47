import type { CustomTypesConfig } from 'pg';
import type { Cell } from './source.js';

/** Nothing is parsed by the driver: a Date would lose microseconds, a float would lose digits of a decimal. */
export const TYPES_AS_TEXT: CustomTypesConfig = { getTypeParser: () => (text: string) => text };

/** Types of pg_type.dat that JSON has a value for: bool; int2, int4, int8; float4, float8. */
const BOOL = 16;
const INTEGERS = [21, 23, 20];
const FLOATS = [700, 701];

/** A value as PostgreSQL writes it; numeric stays text, so that no digit is lost. */
export function cellOf(value: unknown, type: number | undefined): Cell {
  if (value === null || value === undefined) return null;
  const text = String(value);
  if (type === BOOL) return text === 't';
  if (type === undefined || !(INTEGERS.includes(type) || FLOATS.includes(type))) return text;
  const number = Number(text);
  const isExact = FLOATS.includes(type) ? Number.isFinite(number) : Number.isSafeInteger(number);
  return isExact ? number : text;
}
