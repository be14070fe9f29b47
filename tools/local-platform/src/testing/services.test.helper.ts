/** Sources of small services. `version` distinguishes the answers of deployments. */

/** Answers `{version, pid, env}`, prints a line when it is up, and finishes what it is doing on SIGTERM. */
export function goodService(version: string): string {
  return `
    import { createServer } from 'node:http';
    const server = createServer((request, response) => {
      if (request.url === '/exit') process.exit(3);
      response.end(JSON.stringify({ version: '${version}', pid: process.pid, env: process.env }));
    });
    server.listen(process.env.PORT, process.env.HOST);
    console.log('${version} is up with ' + process.env.TOKEN);
    process.on('SIGTERM', () => server.close(() => process.exit(0)));
  `;
}

export const crashingService = `console.error('no database: ' + process.env.TOKEN); process.exit(7);`;

export const sickService = `
  import { createServer } from 'node:http';
  createServer((_, response) => { response.statusCode = 500; response.end(); }).listen(process.env.PORT, process.env.HOST);
`;

export const wrongPortService = `
  import { createServer } from 'node:http';
  createServer((_, response) => response.end()).listen(0, process.env.HOST);
`;

/** Accepts connections and never answers; ignores SIGTERM. */
export const hangingService = `
  import { createServer } from 'node:net';
  createServer(() => undefined).listen(process.env.PORT, process.env.HOST);
  process.on('SIGTERM', () => undefined);
`;

/** Never listens and never ends: its deployment stays in progress as long as its health check allows. */
export const slowService = `setInterval(() => undefined, 1000);`;

/** Like `goodService`, but its `/alive` answers 500 once `/sicken` was called. */
export function mortalService(version: string): string {
  return `
    import { createServer } from 'node:http';
    let alive = true;
    const server = createServer((request, response) => {
      if (request.url === '/sicken') alive = false;
      if (request.url === '/alive' && !alive) response.statusCode = 500;
      response.end(JSON.stringify({ version: '${version}', pid: process.pid, env: process.env }));
    });
    server.listen(process.env.PORT, process.env.HOST ?? '127.0.0.1');
    console.log('${version} is up, process ' + process.pid);
    process.on('SIGTERM', () => process.exit(0));
  `;
}

/** A worker or job: appends `<its name> <what it does>` to the file in its variable LEDGER, then ends or continues. */
export function ledgerKeeper(exit: number | 'never'): string {
  return `
    import { appendFileSync } from 'node:fs';
    const record = (what) => appendFileSync(process.env.LEDGER, process.env.NAME + ' ' + what + '\\n');
    process.on('SIGTERM', () => { record('TERM'); process.exit(0); });
    record(process.pid);
    ${exit === 'never' ? 'setInterval(() => undefined, 1000);' : `console.log('done'); process.exit(${exit});`}
  `;
}

/**
 * Ends as a good service does: on SIGTERM it answers what it holds, ends its streams, and closes its WebSockets with 1001.
 * On SIGUSR1 it answers what it holds, and continues. Its `/alive` answers 500 once `/sicken` was called.
 */
export const politeService = `
  import { createHash } from 'node:crypto';
  import { createServer } from 'node:http';
  const held = new Set(), streams = new Set(), sockets = new Set();
  let alive = true;
  const server = createServer((request, response) => {
    if (request.url === '/held') return void console.log('it holds one', held.add(response).size);
    if (request.url === '/stream') return void streams.add(response.write('begun, ') && response);
    if (request.url === '/sicken') alive = false;
    if (request.url === '/alive' && !alive) response.statusCode = 500;
    response.end(JSON.stringify({ version: 'polite', pid: process.pid, env: process.env }));
  });
  server.on('upgrade', (request, socket) => {
    const key = request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
    const accept = createHash('sha1').update(key).digest('base64');
    const head = ['HTTP/1.1 101 Switching Protocols', 'connection: upgrade', 'upgrade: websocket'];
    socket.write([...head, 'sec-websocket-accept: ' + accept, '', ''].join('\\r\\n'));
    socket.on('error', () => undefined);
    sockets.add(socket);
  });
  server.listen(process.env.PORT, process.env.HOST);
  const answer = (text) => { for (const response of held) response.end(text); held.clear(); };
  process.on('SIGUSR1', () => answer('released'));
  process.on('SIGTERM', () => {
    for (const socket of sockets) socket.end(Buffer.from([0x88, 2, 1001 >> 8, 1001 & 255]));
    for (const response of streams) response.end('ended');
    answer('finished');
    server.close(() => process.exit(0));
  });
`;
