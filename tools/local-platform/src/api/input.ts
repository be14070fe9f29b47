import * as z from 'zod';
import { ApiError, count } from '../errors/api-error.js';

/**
 * The input if the schema accepts it, else a 400 that names every invalid field. A field that is null counts as missing: the
 * official Go client sends null for an empty list.
 */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(withoutNulls(input));
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => `${path.join('/') || 'body'}: ${message}`);
  throw new ApiError(400, `The request has ${count(lines.length)}: ${lines.join('; ')}`);
}

function withoutNulls(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
}

/** Like `parseInput`, for a body that holds an app spec under `spec`. */
export function parseSpecBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const isSpec = typeof body === 'object' && body !== null && 'name' in body && !('spec' in body);
  if (isSpec) throw new ApiError(400, 'The body is an app spec itself. Put it under "spec".');
  const isEmpty = typeof body === 'object' && body !== null && 'spec' in body && body.spec === null;
  if (isEmpty) throw new ApiError(400, 'The app spec, under "spec" in the body, is empty.');
  return parseInput(schema, body);
}

/** A boolean of a query. */
export const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');

/** A parameter of a query that may be given several times; none is an empty list. */
export function repeated<T extends z.ZodType<string>>(item: T) {
  return z.preprocess((given) => (given === undefined ? [] : [given].flat()), z.array(item));
}

/** The day of a timestamp, such as `2026-01-31`; the API ignores the rest. */
export const day = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .transform((text) => text.slice(0, 10));
