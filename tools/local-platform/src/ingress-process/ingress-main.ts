import { once } from 'node:events';
import { createServer } from 'node:net';
import { logLine } from '../logs/log-line.js';
import { layoutOf } from '../state/layout.js';
import { IngressHost } from './ingress-host.js';

/*
 * The process that serves the apps' addresses: node ingress-main.js <socket> <directory>
 * A server drives it through the socket, which only the user may open. It keeps serving when that server dies, until the next one
 * comes. SIGTERM ends it.
 */

const [path = '', directory = ''] = process.argv.slice(2);
// The mode of a socket is what the umask leaves of 0777.
process.umask(0o077);
const host = new IngressHost(layoutOf(directory), logLine);
const server = createServer((socket) => host.serve(socket));
await once(server.listen(path), 'listening');
logLine(`process ${process.pid} serves the apps' addresses`);
