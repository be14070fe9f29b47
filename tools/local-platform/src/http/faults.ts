import type { FastifyInstance, FastifyReply } from 'fastify';
import { setTimeout as delay } from 'node:timers/promises';

export interface FaultRequest {
  method: string;
  /** Without the query. */
  path: string;
  body: unknown;
}

/**
 * A fault that a test injects into one call: another response; the connection dropped before or after the call took effect;
 * a delay; a JSON body that is cut in half.
 */
export type Fault =
  | { status: number; headers?: Record<string, string>; body?: unknown }
  | { drop: 'before' | 'after' }
  | { delayMs: number }
  | { truncate: true };

export type FaultInjector = (request: FaultRequest) => Fault | undefined;

/** Calls the injector once per call, after the call was authorized. */
export function injectFaults(server: FastifyInstance, inject: FaultInjector, closing: AbortSignal): void {
  const onReply = new WeakMap<FastifyReply, Fault>();

  server.addHook('preHandler', async (request, reply) => {
    const fault = inject({ method: request.method, path: pathOf(request.url), body: request.body });
    if (fault === undefined) return;
    if ('status' in fault)
      return reply
        .status(fault.status)
        .headers(fault.headers ?? {})
        .send(fault.body);
    const goesOn = 'delayMs' in fault ? await waited(fault.delayMs, closing) : true;
    if (!goesOn || ('drop' in fault && fault.drop === 'before')) {
      reply.hijack();
      request.raw.socket.destroy();
      return;
    }
    onReply.set(reply, fault);
  });

  server.addHook('onSend', async (request, reply, payload) => {
    const fault = onReply.get(reply);
    if (fault && 'drop' in fault) request.raw.socket.destroy();
    if (fault && 'truncate' in fault && typeof payload === 'string') {
      const half = payload.slice(0, payload.length / 2);
      reply.header('content-length', Buffer.byteLength(half));
      return half;
    }
    return payload;
  });
}

/** False when the platform closed meanwhile. */
async function waited(ms: number, closing: AbortSignal): Promise<boolean> {
  await delay(ms, undefined, { signal: closing }).catch(() => undefined);
  return !closing.aborted;
}

/** The path of a request target, without its query. */
export function pathOf(target: string): string {
  return target.split('?', 1)[0] ?? target;
}
