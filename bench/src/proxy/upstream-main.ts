import { createServer } from 'node:http';

/** The service behind all proxies of the benchmark. The first argument is its port. */
const large = Buffer.alloc(100_000, 'x');

createServer((request, response) => {
  if (request.url === '/large') response.end(large);
  else request.on('end', () => response.end('hello world')).resume();
}).listen(Number(process.argv[2]), '127.0.0.1');
