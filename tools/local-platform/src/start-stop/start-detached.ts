import type { Mark } from '../process/mark.js';
import { startGroup } from '../process/process-group.js';

/*
 * Starts a server and ends: node start-detached.js <output file> <mark> <command...>; prints the identity of the process.
 * Nx, and other runners of tasks, end the whole tree of processes below a task when that ends. The server must not
 * be in it, and it is not once the process that started it is gone.
 */

const [output = '', mark = '', ...command] = process.argv.slice(2);
const server = await startGroup({
  command,
  cwd: process.cwd(),
  env: process.env as Record<string, string>,
  output,
  mark: JSON.parse(mark) as Mark,
});
process.stdout.write(JSON.stringify(server.identity));
// The server is a child that keeps running: without this, its end would be waited for.
process.exit(0);
