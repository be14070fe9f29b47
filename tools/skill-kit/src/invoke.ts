import * as z from 'zod';
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

/** What `invoke` gets from the server. */
export interface CallContext extends Omit<InvokeContext, 'context' | 'signal'> {
  /** Calls `leave` with the reason when the client disconnects before its answer is sent; at once if it has. */
  whenGone: (leave: (reason: SkillError) => void) => void;
}

/** Runs the calls of a skill. */
export type Invoker = (body: unknown, call: CallContext) => Promise<unknown>;

/**
 * Makes what runs calls: it checks the body, calls the skill within its time limit, and checks the output. It throws, or rejects with, a
 * SkillError: 400 with every error of the body, 503 when time is up, 500 when the output breaks the skill's own schema.
 */
export function invokerOf(skill: Skill): Invoker {
  // Made once: zod compiles a schema when it parses for the first time, which takes longer than most calls.
  const schema = invokeRequestSchema(skill.input);
  return (body, { whenGone, ...call }) => {
    const request = parseRequest(schema, body);
    return withinTime(skill.timeoutMs ?? defaultTimeoutMs, whenGone, (end) =>
      skill.invoke(request.input, {
        ...call,
        get signal() {
          return end.signal;
        },
        context: request.context ?? {},
      }),
    ).then((output) => checkedOutput(skill, output, call.log));
  };
}

function parseRequest(schema: ReturnType<typeof invokeRequestSchema>, body: unknown) {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const details = detailsOf(parsed.error);
  throw new SkillError(400, 'invalid_input', 'The request does not match the schema of /invoke.', {
    details,
  });
}

function checkedOutput(skill: Skill, output: unknown, log: CallContext['log']): unknown {
  const checked = skill.output.safeParse(output);
  if (checked.success) return checked.data;
  log.error({ issues: detailsOf(checked.error) }, "the output does not match the skill's own schema");
  throw new SkillError(500, 'invalid_output', 'The output of the skill violates its own schema.');
}

/**
 * 503 and not 504: a gateway uses 504 for the server behind it (RFC 9110, 15.6.4 and 15.6.5). Work that ignores its
 * signal keeps running; it cannot be stopped from outside.
 *
 * It runs for each request, so it makes as few promises as it can, which telemetry follows one by one, one signal for all that ends a
 * call, and no error before time is up: its stack alone takes a tenth of a short call.
 */
function withinTime<T>(
  ms: number,
  whenGone: CallContext['whenGone'],
  run: (end: EndOfCall) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const call = new EndOfCall();
    let hasEnded = false;
    const timer = setTimeout(
      () => abort(new SkillError(503, 'timeout', `The skill did not finish within ${ms} ms.`)),
      ms,
    );
    const end = () => {
      hasEnded = true;
      clearTimeout(timer);
    };
    const abort = (reason: SkillError) => {
      if (hasEnded) return;
      end();
      call.abort(reason);
      reject(reason);
    };
    whenGone(abort);
    if (hasEnded) return;
    started(run, call).then(
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

/** The signal of a call, made when it is read: many calls wait for nothing, and a signal takes as long as some of them. */
class EndOfCall {
  #controller: AbortController | undefined;
  #reason: SkillError | undefined;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  abort(reason: SkillError): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

/** A skill may also throw before it returns its promise. */
function started<T>(run: (end: EndOfCall) => Promise<T>, end: EndOfCall): Promise<T> {
  try {
    return Promise.resolve(run(end));
  } catch (error) {
    return Promise.reject(error as Error);
  }
}
