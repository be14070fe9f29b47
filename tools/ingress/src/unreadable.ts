import { METHODS, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { longHead, type Refusal, slowRequest, unknownMethod, unknownVersion, unreadable } from './refusal.js';

/** What node:http says of bytes that it cannot read as a request. */
export interface ParseError extends NodeJS.ErrnoException {
  rawPacket?: Buffer;
}

/** Reports to the client what is wrong with what it sent, and closes the connection: the next request cannot be found. */
export function refuseUnreadable(socket: Duplex, error: ParseError, answered: boolean): void {
  if (!socket.writable || error.code === 'ECONNRESET' || answered) return void socket.destroy();
  const { status, id, message } = refusalOf(error);
  endWithJson(socket, status, { id, message });
}

/** Writes a whole JSON answer where there is no response object, because no request was parsed. Ends the connection. */
export function endWithJson(socket: Duplex, status: number, answer: object): void {
  const body = JSON.stringify(answer);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function refusalOf({ code, rawPacket, message }: ParseError): Refusal {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return longHead();
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return slowRequest();
    case 'HPE_INVALID_VERSION':
    case 'HPE_PAUSED_H2_UPGRADE':
      return unknownVersion(requestLine(rawPacket)?.version);
    case 'HPE_INVALID_METHOD':
      return isForeign(requestLine(rawPacket)?.method) ? unknownMethod() : unreadable(message);
    default:
      return unreadable(message);
  }
}

/** The method and version of the request line at the beginning of a packet; none where there is no such line. */
function requestLine(packet: Buffer | undefined): { method?: string; version?: string } | undefined {
  const line = /^(?<method>[!#$%&'*+.^_`|~\w-]+) [!-~]+ HTTP\/(?<version>\d\.\d)\r\n/;
  return line.exec(packet?.toString('latin1') ?? '')?.groups;
}

function isForeign(method: string | undefined): boolean {
  return method !== undefined && !METHODS.includes(method);
}
