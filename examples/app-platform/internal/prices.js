import { createServer } from 'node:http';

createServer((_, response) => response.end('prices of edition 1')).listen(8081);
