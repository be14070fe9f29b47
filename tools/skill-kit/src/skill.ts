import type { FastifyBaseLogger } from 'fastify';
import type * as z from 'zod';

/** The part of `skill.json` that the kit uses. */
export interface SkillManifest {
  id: string;
  version: string;
  description: string;
  /** Names of the operations of `invoke`; shown on the documentation page. */
  tools?: string[];
}

/** The context of a call of `invoke`, besides its input. */
export interface InvokeContext {
  /**
   * Aborts when the client disconnects or the skill's `timeoutMs` is over: pass it on to everything that waits. It is made when it is first
   * read, so a short call is faster if it reads it only for what waits.
   */
  signal: AbortSignal;
  /** Writes JSON lines with the request's id. Never log input: it can contain secrets. */
  log: FastifyBaseLogger;
  requestId: string;
  /** Calls back once when the response is sent, or when the client has gone. */
  afterResponse: (work: () => void) => void;
  /** The caller's free `context` object; empty when none was sent. */
  context: Record<string, unknown>;
}

/** A call shown in the documentation and in the OpenAPI document. */
export interface SkillExample<Input, Output> {
  title: string;
  input: Input;
  output: Output;
}

export interface Skill<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  input: I;
  output: O;
  examples: SkillExample<z.input<I>, z.output<O>>[];
  /** Longest time one `invoke` may take, in milliseconds. Default 30,000. */
  timeoutMs?: number;
  /** Largest request body, in bytes. Default 1 MiB. */
  bodyLimit?: number;
  /** How many requests with bodies above 1 MiB are read and handled at the same time; others wait. Default: no limit. */
  largeBodiesAtOnce?: number;
  /**
   * Does the skill's work. Its input is already checked against `input`, and its result is checked against `output`.
   * @throws SkillError for whatever the caller should know; any other error is answered with 500, without its message.
   */
  invoke(input: z.output<I>, context: InvokeContext): Promise<z.input<O>>;
}

/** Declares a skill; the types of `invoke` and of the examples are inferred from the two schemas. */
export function defineSkill<I extends z.ZodType, O extends z.ZodType>(skill: Skill<I, O>): Skill<I, O> {
  return skill;
}
