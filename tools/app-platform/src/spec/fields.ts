import { durationMs } from '@odoobo/machine/time';
import * as z from 'zod';
import { show } from './describe-issue.js';

/** True for a text with `${NAME}`: filled in before the spec is sent, or by the platform. */
export function hasPlaceholder(text: string): boolean {
  return /\$\{[^}]+\}/.test(text);
}

/** An integer with bounds; the message has both and the actual value. */
export function integer(minimum: number, maximum: number) {
  const error = (issue: { input?: unknown }) =>
    `expected an integer from ${minimum} to ${maximum}, got ${show(issue.input)}`;
  return z.int({ error }).min(minimum, { error }).max(maximum, { error });
}

/** A string of a given form, described in words; a placeholder passes because its value is not known yet. */
export function textLike(pattern: RegExp, form: string) {
  return z.string().refine((text) => hasPlaceholder(text) || pattern.test(text), {
    error: (issue) => `expected ${form}, got ${show(issue.input)}`,
  });
}

/** A name of an app or a component. Pattern of the official document, `app_spec.name`. */
export const nameSchema = z.string().regex(/^[a-z][a-z0-9-]{0,30}[a-z0-9]$/, {
  error: (issue) =>
    `expected 2 to 32 characters a-z, 0-9 and "-", starting with a letter and not ending with "-", got ${show(issue.input)}`,
});

export const portSchema = integer(1, 65535);

export const absolutePathSchema = textLike(/^\//, 'a path that starts with "/"');

/** As Go writes it. */
export const durationSchema = z
  .string()
  .refine((text) => hasPlaceholder(text) || durationMs(text) !== undefined, {
    error: (issue) => `expected a duration such as 1h30m, got ${show(issue.input)}`,
  });
