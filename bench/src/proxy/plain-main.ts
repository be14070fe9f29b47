import { Agent, createServer, request as httpRequest } from 'node:http';

/** The minimal proxy that node:http alone allows. Arguments: its port, the port of the service. */
const [port, service] = process.argv.slice(2).map(Number);
const agent = new Agent({ keepAlive: true });

createServer((request, response) => {
  const { method, url: path, headers } = request;
  const upstream = httpRequest({ host: '127.0.0.1', port: service, method, path, headers, agent });
  upstream.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  upstream.on('error', () => response.destroy());
  request.pipe(upstream);
}).listen(port, '127.0.0.1');
