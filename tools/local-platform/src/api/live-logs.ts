import { isWebSocket, withoutUpgrade } from '@odoobo/ingress';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { findDeployment } from '../deployments/rollback.js';
import { ApiError } from '../errors/api-error.js';
import { answerRaw } from '../http/error-responses.js';
import { pathOf } from '../http/faults.js';
import { checkOrigin } from '../http/guards.js';
import { requireApp } from './apps.js';
import { consoleAt } from './console.js';
import type { ApiContext } from './context.js';
import { openAddress } from './log-address.js';
import { streamLog } from './log-stream.js';

const livePath = /^\/logs\/(?<app>[^/]+)\/(?<deployment>[^/]+)\/(?<component>[^/]+)\/(?<type>[^/]+)\/live$/;

/** Clients of logs send nothing, those of consoles what a person pastes. */
const longestMessage = 64 * 1024;
/** How long a client has to answer that the platform closes. */
const goodbyeMs = 1000;

export interface LiveLogsOptions {
  /** Clients wait for it, as calls do. */
  ready: Promise<void>;
  /** Called with an internal error. */
  onError(error: Error): void;
}

/** Serves the addresses of live logs and consoles: WebSockets on the API's own port. They end when the platform closes. */
export function serveLiveLogs(server: Server, context: ApiContext, options: LiveLogsOptions): void {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: longestMessage,
  });

  const admit = async (request: IncomingMessage) => {
    checkOrigin(request.headers, (server.address() as AddressInfo).port);
    const path = pathOf(request.url ?? '');
    const query = Object.fromEntries(new URLSearchParams(request.url?.slice(path.length)));
    await options.ready;
    const console = consoleAt(context, path, query);
    if (console) return console;
    const params = livePath.exec(path)?.groups;
    if (params === undefined) {
      throw new ApiError(400, 'Only the addresses of live logs and of consoles are WebSockets.');
    }
    const { place, ...from } = openAddress(context, path, params, query);
    const deployment = findDeployment(requireApp(context, place.app), place.deployment);
    return (client: WebSocket) => streamLog(client, context, { place, deployment, ...from });
  };

  /** Connections that are not admitted yet. The HTTP server no longer tracks them, and would wait for them at its end. */
  const waiting = new Set<Duplex>();

  server.on('upgrade', (request, socket, head) => {
    if (!isWebSocket(request)) return server.emit('connection', withoutUpgrade(request, socket, head));
    waiting.add(socket);
    socket.once('close', () => waiting.delete(socket)).once('error', () => socket.destroy());
    admit(request).then(
      (serve) => {
        waiting.delete(socket);
        sockets.handleUpgrade(request, socket, head, (client) => {
          serve(client).catch(options.onError);
        });
      },
      (error: unknown) => refuse(socket, error, options.onError),
    );
  });

  context.closing.addEventListener('abort', () => {
    for (const socket of waiting) socket.destroy();
    for (const client of sockets.clients) {
      client.close(1001, 'The platform is stopping.');
      setTimeout(() => client.terminate(), goodbyeMs).unref();
    }
  });
}

function refuse(socket: Duplex, error: unknown, onError: (error: Error) => void): void {
  if (error instanceof ApiError) return answerRaw(socket, error.status, error.message);
  onError(error as Error);
  answerRaw(socket, 500, 'The local platform failed; see its server.log.');
}
