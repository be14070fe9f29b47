import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { errorBody, SkillError } from './error.js';
import { requestIdOf } from './request-id.js';

/** Answers every error of a request in the common shape, and distinguishes an unknown path from a wrong method. */
export function answerErrors(app: FastifyInstance, methods: Record<string, string>): void {
  app.setErrorHandler(sendError);
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request.url);
    const allow = methods[path];
    if (allow === undefined) {
      const known = Object.keys(methods).join(', ');
      return sendError(
        new SkillError(404, 'not_found', `No such path. Available: ${known}.`),
        request,
        reply,
      );
    }
    reply.header('allow', allow);
    const message = `${path} allows ${allow}, not ${request.method}.`;
    return sendError(new SkillError(405, 'method_not_allowed', message), request, reply);
  });
}

/** The path of a request's URL; the query stays out of logs and messages, because it can hold secrets. */
export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}

/** Sends an error thrown by Fastify or by a skill; details that the caller does not get are logged. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const sent = toSkillError(error);
  if (sent.status >= 500) request.log.error({ err: error, code: sent.code }, 'request failed');
  else request.log.debug({ code: sent.code }, 'request refused');
  return reply.code(sent.status).send(errorBody(sent, request.id));
}

const codes: Record<number, string> = {
  400: 'bad_request',
  408: 'request_timeout',
  413: 'payload_too_large',
  431: 'headers_too_large',
};

function toSkillError(error: unknown): SkillError {
  if (error instanceof SkillError) return error;
  const { statusCode, message, code } = (error ?? {}) as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const said = 'Send JSON, with the header content-type: application/json.';
    return new SkillError(415, 'unsupported_media_type', said, { cause: error });
  }
  // Only Fastify's own messages are safe to repeat: another library's error may have any status and any text.
  if (code?.startsWith('FST_') && statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new SkillError(statusCode, codes[statusCode] ?? 'bad_request', message ?? 'Bad request.', {
      cause: error,
    });
  }
  return new SkillError(
    500,
    'internal_error',
    'The skill failed. Its log has the cause under this request id.',
    {
      cause: error,
    },
  );
}

const brokenRequests: Record<string, [status: number, message: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: [431, 'The headers are larger than the server accepts.'],
};

/** Answers what node:http could not parse as a request, on the raw socket, in the same shape. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  // A reset socket reads no answer, and this answer must not be appended to one that was already begun.
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const [status, message] = brokenRequests[error.code ?? ''] ?? [400, 'This is not an HTTP/1.1 request.'];
  const sent = new SkillError(status, codes[status] ?? 'bad_request', message);
  const body = JSON.stringify(errorBody(sent, requestIdOf({ headers: {} })));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
