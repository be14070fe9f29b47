import { type IngressRecord, readIngressRecord } from '../ingress-process/ingress-record.js';
import { layoutOf } from '../state/layout.js';
import { eventually } from './platform.test.helper.js';

/** The process that serves the addresses of a platform, once it is noted and another one than `before`. */
export function ingressProcess(directory: string, before?: IngressRecord): Promise<IngressRecord> {
  return eventually(async () => {
    const record = await readIngressRecord(layoutOf(directory));
    return record && record.identity.pid !== before?.identity.pid ? record : undefined;
  });
}

/**
 * Says its version and what was posted; answers `/held` when `/release` is asked for, and what comes on a WebSocket with
 * the same.
 */
export function talkingService(version: string): string {
  return `
    import { createServer } from 'node:http';
    const held = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk)).on('end', () => {
        const answer = () => response.end('${version} ' + body);
        if (request.url === '/held') return void held.push(answer);
        if (request.url === '/release') for (const one of held.splice(0)) one();
        answer();
      });
    });
    server.on('upgrade', (request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\\r\\nconnection: upgrade\\r\\nupgrade: websocket\\r\\n\\r\\n');
      socket.pipe(socket).on('error', () => socket.destroy());
    });
    server.listen(process.env.PORT, process.env.HOST);
    process.on('SIGTERM', () => server.close(() => process.exit(0)));
  `;
}
