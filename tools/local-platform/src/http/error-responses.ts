import { endWithJson } from '@odoobo/ingress';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorBody } from '../errors/api-error.js';

/** For requests that Fastify refuses before routing, such as a path with a broken escape: its own error body differs. */
export function frameworkErrors(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const status = error.statusCode ?? 400;
  void reply.status(status).send(errorBody(status, error.message, request.id));
}

const statuses: Partial<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** For input that Node cannot parse as HTTP. */
export function clientErrorHandler(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  answerRaw(socket, statuses[error.code ?? ''] ?? 400, `This is not a valid HTTP request: ${error.message}`);
}

/** An error answer where there is no response object, because no request was parsed. Ends the connection. */
export function answerRaw(socket: Duplex, status: number, message: string): void {
  endWithJson(socket, status, errorBody(status, message, randomUUID()));
}
