import type { CustomTypesConfig } from 'pg';
import type { Cell } from './source.js';

/** Nothing is parsed by the driver: a Date would lose microseconds, a float would lose digits of a decimal. */
export const typesAsText: CustomTypesConfig = { getTypeParser: () => (text: string) => text };

/** Types of pg_type.dat that JSON has a value for: bool; int2, int4, int8; float4, float8. */
const bool = 16;
const integers = [21, 23, 20];
const floats = [700, 701];

/** A value as PostgreSQL writes it; numeric stays text, so that no digit is lost. */
export function cellOf(value: unknown, type: number | undefined): Cell {
  if (value === null || value === undefined) return null;
  const text = String(value);
  if (type === bool) return text === 't';
  if (type === undefined || !(integers.includes(type) || floats.includes(type))) return text;
  const number = Number(text);
  const isExact = floats.includes(type) ? Number.isFinite(number) : Number.isSafeInteger(number);
  return isExact ? number : text;
}
