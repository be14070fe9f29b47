import { connect } from 'node:net';

/** Requests that no client library would send. `{host}` and `{token}` are filled in. */
export const rawRequests: readonly string[] = [
  'GET /v2/apps HTTP/1.1\r\n\r\n',
  'GET /v2/apps HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n',
  'GET /v2/apps HTTP/9.9\r\nHost: {host}\r\n\r\n',
  'get /v2/apps HTTP/1.1\r\nHost: {host}\r\n\r\n',
  'FLY /v2/apps HTTP/1.1\r\nHost: {host}\r\n\r\n',
  'CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: {host}\r\n\r\n',
  'GET http://evil.example/v2/apps HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n',
  'GET v2/apps HTTP/1.1\r\nHost: {host}\r\n\r\n',
  'GET /v2/apps?\u00e9\u0000 HTTP/1.1\r\nHost: {host}\r\n\r\n',
  `GET /v2/apps HTTP/1.1\r\nHost: {host}\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
  `GET /${'z'.repeat(20_000)} HTTP/1.1\r\nHost: {host}\r\n\r\n`,
  'GET /v2/apps HTTP/1.1\r\nHost : {host}\r\nBad Header\r\n\r\n',
  'POST /v2/apps HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
  'POST /v2/apps HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Length: 99\r\n\r\n{"spec":',
  'POST /v2/apps HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Length: -1\r\n\r\n',
  'POST /v2/apps HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n',
  'POST /v2/apps HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n',
  'POST /v2/apps HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  'POST /v2/apps HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nExpect: the-impossible\r\nContent-Length: 2\r\n\r\n{}',
  'GET /v2/apps HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nAuthorization: Bearer {token}\r\n\r\n',
  'GET /logs/a/b/c/RUN/live?signature=x HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  'GET /logs/%zz/b/c/RUN/live HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n',
  'GET // HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\u0016\u0003\u0001\u0002\u0000\u0001\u0000',
  '\r\n\r\n\r\n',
  '',
];

/** What a server answers to bytes that are followed by the end of the stream; resolves when it has closed. */
export function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A reset is an end, too.
    socket.once('error', () => socket.destroy());
    socket.once('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    socket.setTimeout(10_000, () => {
      socket.destroy();
      reject(new Error(`No end within 10 s of ${JSON.stringify(bytes.slice(0, 200))}`));
    });
    socket.end(bytes, 'latin1');
  });
}
