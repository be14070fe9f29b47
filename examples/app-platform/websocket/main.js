import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const server = createServer((_, response) => response.end('hello from websocket, edition 1'));
new WebSocketServer({ server }).on('connection', (socket) => {
  socket.on('message', (message) => socket.send(`you said ${message}`));
});
server.listen(process.env.PORT ?? 8080);
