import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { errorMonitor } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import type { OutgoingCall, OutgoingCalls } from './outgoing-calls.js';

type AddRequest = (this: Agent, request: ClientRequest, ...rest: unknown[]) => void;

/** Node's agents have it, and agents of others call it; its types leave it out. */
const agents = Agent.prototype as unknown as { addRequest: AddRequest };

const answered = 'http.client.response.finish';

/**
 * Traces the calls of node:http and node:https. A skill is one bundle, so no loader can wrap their functions; each call passes its agent
 * before it writes its headers. Calls with a `createConnection` of their own and no agent are not seen.
 * @returns what ends it
 */
export function traceHttp(calls: OutgoingCalls): () => void {
  const open = new WeakMap<ClientRequest, OutgoingCall>();
  const { addRequest } = agents;
  const traced: AddRequest = function (request, ...rest) {
    const call = begin(calls, request);
    if (call) open.set(request, call);
    addRequest.call(this, request, ...rest);
  };
  const onAnswer = (message: unknown) => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
    open.get(request)?.answered(response.statusCode ?? 0);
  };
  agents.addRequest = traced;
  subscribe(answered, onAnswer);
  return () => {
    // Someone else may have wrapped it since.
    if (agents.addRequest === traced) agents.addRequest = addRequest;
    unsubscribe(answered, onAnswer);
  };
}

function begin(calls: OutgoingCalls, request: ClientRequest): OutgoingCall | undefined {
  const origin = `${request.protocol}//${String(request.getHeader('host') ?? request.host)}`;
  if (!URL.canParse(origin)) return undefined;
  const call = calls.begin({
    method: request.method,
    origin: new URL(origin),
    setHeader: (name, value) => {
      // Headers that were given as a list are written already.
      if (!request.headersSent) request.setHeader(name, value);
    },
  });
  // A listener for `response` would keep Node from discarding an answer that no one reads.
  request.on(errorMonitor, (error: Error) => call?.end(error)).on('close', () => call?.end());
  return call;
}
