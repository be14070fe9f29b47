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

/** Gets how a call has ended: one of the two, once. */
export interface EndOfCall {
  answer: (output: unknown) => void;
  fail: (error: unknown) => void;
}

/** Runs the calls of a skill. */
export type Invoker = (body: unknown, call: CallContext, end: EndOfCall) => void;

/**
 * Makes what runs calls: it checks the body, calls the skill within its time limit, and checks the output. It throws a SkillError 400 with
 * every error of the body; the call fails with SkillError 503 when time is up, and 500 when the output breaks the skill's own schema.
 */
export function invokerOf(skill: Skill): Invoker {
  // Made once: zod compiles a schema when it parses for the first time, which takes longer than most calls.
  const schema = invokeRequestSchema(skill.input);
  const ms = skill.timeoutMs ?? defaultTimeoutMs;
  return (body, call, { answer, fail }) => {
    const { input, context = {} } = parseRequest(schema, body);
    withinTime(ms, call.whenGone, {
      run: (signal) => skill.invoke(input, new ContextOfCall(call, context, signal)),
      answer: (output) => answer(checkedOutput(skill, output, call.log)),
      fail,
    });
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
 * It runs for each request, so it makes no promise itself (where telemetry is on, Node follows each one, which takes longer than the rest
 * of it), one signal for all that ends a call, and no error before time is up: its stack alone takes a tenth of a short call.
 */
function withinTime<T>(
  ms: number,
  whenGone: CallContext['whenGone'],
  { run, answer, fail }: EndOfCall & { run: (signal: SignalOfCall) => Promise<T> },
): void {
  const signal = new SignalOfCall();
  let hasEnded = false;
  const timer = setTimeout(
    () => abort(new SkillError(503, 'timeout', `The skill did not finish within ${ms} ms.`)),
    ms,
  );
  const isFirstEnd = () => {
    clearTimeout(timer);
    return !hasEnded && (hasEnded = true);
  };
  const abort = (reason: SkillError) => {
    if (!isFirstEnd()) return;
    signal.abort(reason);
    fail(reason);
  };
  whenGone(abort);
  if (hasEnded) return;
  started(run, signal).then(
    (output) => {
      if (!isFirstEnd()) return;
      try {
        answer(output);
      } catch (error) {
        fail(error);
      }
    },
    (error: unknown) => {
      if (isFirstEnd()) fail(error);
    },
  );
}

/**
 * What a skill gets with its input. `signal` is a property of its own, so that a copy has it, too, and all calls have one getter: V8 makes
 * a hidden class for each function that is a getter, which kept a call, and all that it holds, until the next full collection of garbage.
 */
class ContextOfCall implements InvokeContext {
  static readonly #property = {
    enumerable: true,
    get(this: ContextOfCall): AbortSignal {
      return this.#signal.value;
    },
  };
  readonly requestId: string;
  readonly log: InvokeContext['log'];
  readonly afterResponse: InvokeContext['afterResponse'];
  declare readonly signal: AbortSignal;
  readonly #signal: SignalOfCall;

  constructor(
    { requestId, log, afterResponse }: Omit<CallContext, 'whenGone'>,
    readonly context: Record<string, unknown>,
    signal: SignalOfCall,
  ) {
    this.requestId = requestId;
    this.log = log;
    this.afterResponse = afterResponse;
    this.#signal = signal;
    Object.defineProperty(this, 'signal', ContextOfCall.#property);
  }
}

/** The signal of a call, made when it is read: many calls wait for nothing, and a signal takes as long as some of them. */
class SignalOfCall {
  #controller: AbortController | undefined;
  #reason: SkillError | undefined;

  get value(): AbortSignal {
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
function started<T>(run: (signal: SignalOfCall) => Promise<T>, signal: SignalOfCall): Promise<T> {
  try {
    return Promise.resolve(run(signal));
  } catch (error) {
    return Promise.reject(error as Error);
  }
}
