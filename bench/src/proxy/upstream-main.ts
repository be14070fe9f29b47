import { createServer } from 'node:http';

/** What all proxies of the benchmark stand in front of. The port is the first argument. */
const large = Buffer.alloc(100_000, 'x');

createServer((request, response) => {
  if (request.url === '/large') response.end(large);
  else request.on('end', () => response.end('hello world')).resume();
}).listen(Number(process.argv[2]), '127.0.0.1');
