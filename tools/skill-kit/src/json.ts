import type { FastifyInstance } from 'fastify';
import { SkillError } from './error.js';

/** Deeper than any input of a skill; recursive code is safe well beyond it. */
const maxDepth = 64;

/** Accepts only the content type `application/json`; any other is answered with 415. */
export function acceptOnlyJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, parseBody);
}

function parseBody(
  _request: unknown,
  body: string,
  done: (error: Error | null, value?: unknown) => void,
): void {
  let value: unknown;
  try {
    value = parseSafely(body);
  } catch (error) {
    done(error as SkillError);
    return;
  }
  // Outside of `try`: it answers the request.
  done(null, value);
}

/**
 * Parses untrusted JSON.
 * @throws SkillError 400 when it is not JSON, is nested deeper than 64 levels, or has a key that could reach a prototype
 */
export function parseSafely(text: string): unknown {
  const value = parse(text);
  let level: unknown[] = [value];
  // Level by level instead of recursively: hostile input could overflow the stack.
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) throw refused('nested_too_deep', `nested deeper than ${maxDepth} levels`);
    level = level.flatMap(childrenOf);
  }
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SkillError(400, 'malformed_json', `The body is not JSON: ${String(cause)}`, { cause });
  }
}

function childrenOf(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Object.hasOwn(value, '__proto__')) throw refused('forbidden_key', 'with a key "__proto__"');
  return Object.values(value).filter((child) => typeof child === 'object' && child !== null);
}

function refused(code: string, what: string): SkillError {
  return new SkillError(400, code, `The body is JSON ${what}, which skills do not accept.`);
}
