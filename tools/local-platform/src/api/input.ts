import type { z } from 'zod';
import { ApiError, count } from '../api-error.js';

/** The input that a schema accepts, or a 400 that names every field that it does not. */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => `${path.join('/') || 'body'}: ${message}`);
  throw new ApiError(400, `The request has ${count(lines.length)}: ${lines.join('; ')}`);
}
