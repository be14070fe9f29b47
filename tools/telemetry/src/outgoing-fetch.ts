import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { OutgoingCall, OutgoingCalls } from './outgoing-calls.js';

/** A request of undici, as its diagnostics channels have it (https://undici.nodejs.org/#/docs/api/DiagnosticsChannel). */
interface UndiciRequest {
  method: string;
  origin: string | URL;
  addHeader: (name: string, value: string) => void;
}

interface Message {
  request: UndiciRequest;
  response?: { statusCode: number };
  error?: Error;
}

/**
 * Traces the calls of `fetch` and of undici, of any copy of it.
 * @returns what ends it
 */
export function traceFetch(calls: OutgoingCalls): () => void {
  const open = new WeakMap<UndiciRequest, OutgoingCall>();
  const onMessages: Record<string, (message: Message) => void> = {
    'undici:request:create': ({ request }) => {
      const call = begin(calls, request);
      if (call) open.set(request, call);
    },
    'undici:request:headers': ({ request, response }) =>
      open.get(request)?.answered(response?.statusCode ?? 0),
    'undici:request:trailers': ({ request }) => open.get(request)?.end(),
    'undici:request:error': ({ request, error }) => open.get(request)?.end(error),
  };
  const listeners = Object.entries(onMessages).map(
    ([channel, listen]) => [channel, (message: unknown) => listen(message as Message)] as const,
  );
  for (const [channel, listen] of listeners) subscribe(channel, listen);
  return () => {
    for (const [channel, listen] of listeners) unsubscribe(channel, listen);
  };
}

function begin(calls: OutgoingCalls, request: UndiciRequest): OutgoingCall | undefined {
  const origin = String(request.origin);
  if (!URL.canParse(origin)) return undefined;
  const setHeader = (name: string, value: string) => request.addHeader(name, value);
  return calls.begin({ method: request.method, origin: new URL(origin), setHeader });
}
