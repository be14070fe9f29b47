import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { ApiError } from '../api-error.js';
import type { ApiContext } from './context.js';
import { pathOf } from './faults.js';
import { checkOrigin } from './guards.js';
import { openAddress } from './log-address.js';
import { streamLog } from './log-stream.js';
import { answerRaw } from './raw-answer.js';

const livePath = /^\/logs\/(?<app>[^/]+)\/(?<deployment>[^/]+)\/(?<component>[^/]+)\/(?<type>[^/]+)\/live$/;

/** Clients have nothing to say here. */
const longestMessage = 1024;
/** How long a client has to answer that the platform closes. */
const goodbyeMs = 1000;

export interface LiveLogsOptions {
  /** Clients wait for it, as calls do. */
  ready: Promise<void>;
  /** Called with what went wrong inside. */
  onError(error: Error): void;
}

/** Serves the addresses of live logs: WebSockets on the API's own port. They end when the platform closes. */
export function serveLiveLogs(server: Server, context: ApiContext, options: LiveLogsOptions): void {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: longestMessage,
  });

  const admit = async (request: IncomingMessage) => {
    checkOrigin(request.headers, (server.address() as AddressInfo).port);
    const path = pathOf(request.url ?? '');
    const params = livePath.exec(path)?.groups;
    if (params === undefined || request.headers.upgrade?.toLowerCase() !== 'websocket') {
      throw new ApiError(
        400,
        'Only the addresses of live logs are WebSockets. Call without an Upgrade header.',
      );
    }
    const query = Object.fromEntries(new URLSearchParams(request.url?.slice(path.length)));
    await options.ready;
    return openAddress(context, path, params, query);
  };

  server.on('upgrade', (request, socket, head) => {
    socket.once('error', () => socket.destroy());
    admit(request).then(
      ({ place, tailLines }) =>
        sockets.handleUpgrade(request, socket, head, (client) => {
          streamLog(client, context, place, tailLines).catch(options.onError);
        }),
      (error: unknown) => refuse(socket, error, options.onError),
    );
  });

  context.closing.addEventListener('abort', () => {
    for (const client of sockets.clients) {
      client.close(1001, 'The platform closes.');
      setTimeout(() => client.terminate(), goodbyeMs).unref();
    }
  });
}

function refuse(socket: Duplex, error: unknown, onError: (error: Error) => void): void {
  if (error instanceof ApiError) return answerRaw(socket, error.status, error.message);
  onError(error as Error);
  answerRaw(socket, 500, 'The local platform failed; its server.log says why.');
}
