import * as z from 'zod';
import { withDeadline } from './deadline.js';
import { detailsOf, SkillError } from './error.js';
import type { InvokeContext, Skill } from './skill.js';

export const defaultTimeoutMs = 30_000;

/** The body of `POST /invoke` for a skill with this input. */
export function invokeRequestSchema<I extends z.ZodType>(input: I) {
  return z.strictObject({
    input,
    context: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'Additional data from the caller, such as the user.' }),
  });
}

/** The context that `invoke` gets from the server; its signal aborts only when the client disconnects. */
export type CallContext = Omit<InvokeContext, 'context'>;

/**
 * Runs one call: checks the body, calls the skill within its time limit, checks the output.
 * @throws SkillError 400 with every error of the body, 503 when time is up, 500 when the output breaks the skill's own schema
 */
export async function runInvoke(skill: Skill, body: unknown, call: CallContext): Promise<unknown> {
  const request = parseRequest(skill, body);
  const output = await withinTime(skill.timeoutMs ?? defaultTimeoutMs, call.signal, (signal) =>
    skill.invoke(request.input, { ...call, signal, context: request.context ?? {} }),
  );
  const checked = skill.output.safeParse(output);
  if (checked.success) return checked.data;
  call.log.error({ issues: detailsOf(checked.error) }, "the output does not match the skill's own schema");
  throw new SkillError(500, 'invalid_output', 'The output of the skill violates its own schema.');
}

function parseRequest(skill: Skill, body: unknown) {
  const parsed = invokeRequestSchema(skill.input).safeParse(body);
  if (parsed.success) return parsed.data;
  const details = detailsOf(parsed.error);
  throw new SkillError(400, 'invalid_input', 'The request does not match the schema of /invoke.', {
    details,
  });
}

/**
 * 503 and not 504: a gateway uses 504 for the server behind it (RFC 9110, 15.6.4 and 15.6.5). Work that ignores its
 * signal keeps running; it cannot be stopped from outside.
 */
function withinTime<T>(
  ms: number,
  client: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new SkillError(503, 'timeout', `The skill did not finish within ${ms} ms.`);
  return withDeadline(ms, late, client, (signal) => untilAborted(signal, () => run(signal)));
}

/** Without `Promise.race` and `await`: telemetry follows each promise that is made, which costs more than the promise. */
function untilAborted<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const fail = () => reject(signal.reason as Error);
    signal.addEventListener('abort', fail);
    // A listener that stays keeps the output of the call in memory.
    const end = () => signal.removeEventListener('abort', fail);
    Promise.resolve(run()).then(
      (output) => {
        end();
        resolve(output);
      },
      (error: unknown) => {
        end();
        reject(error as Error);
      },
    );
  });
}
