import { type Clock, systemClock } from '@odoobo/machine/time';
import type { AddressInfo } from 'node:net';
import type { ApiContext } from '../api/context.js';
import type { FaultInjector } from '../http/faults.js';
import { noLimit, type RateLimit, SlidingCounter } from '../http/rate-limit.js';
import { createServer } from './server.js';

export interface ListenOptions {
  port?: number;
  fault?: FaultInjector;
  rateLimit?: RateLimit;
  requestLog?: string;
  clock?: Clock;
  warn?: (message: string) => void;
}

export interface ListeningApi {
  readonly url: string;
  /** Every call so far, such as `GET /v2/apps`; of very many, the newest. */
  readonly requests: string[];
  /** Admits calls: until then they wait. */
  open(): void;
  close(): Promise<void>;
}

const rememberedRequests = 100_000;

/**
 * Serves the API on 127.0.0.1. It listens first, so that a start that fails because the port is taken has
 * changed no service.
 * @throws Error when the port cannot be listened on; its cause has the system's code.
 */
export async function listen(
  options: ListenOptions,
  parts: Omit<ApiContext, 'url' | 'closing'>,
): Promise<ListeningApi> {
  const { port = 0, fault, rateLimit, requestLog, clock = systemClock, warn = () => undefined } = options;
  const requests: string[] = [];
  const closing = new AbortController();
  let open: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (open = resolve));
  const url = () => `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  const server = createServer({
    context: { ...parts, url, closing: closing.signal },
    fault,
    calls: rateLimit ? new SlidingCounter(rateLimit, clock) : noLimit(clock),
    requestLog: requestLog === undefined ? undefined : { file: requestLog, warn },
    ready,
    onRequest: (line) => remember(requests, line),
    onError: (error) => warn(`A call failed with an internal error: ${error.stack ?? error.message}`),
  });
  try {
    await server.listen({ host: '127.0.0.1', port });
  } catch (cause) {
    await server.close();
    throw new Error(
      `Could not listen on 127.0.0.1:${port}. Stop what listens there, or choose another port.`,
      { cause },
    );
  }
  return {
    url: url(),
    requests,
    open,
    close: async () => {
      closing.abort();
      await server.close();
    },
  };
}

function remember(requests: string[], line: string): void {
  requests.push(line);
  if (requests.length > 2 * rememberedRequests) requests.splice(0, rememberedRequests);
}
