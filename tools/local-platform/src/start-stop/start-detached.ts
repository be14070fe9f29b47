import type { Mark } from '../process/mark.js';
import { startGroup } from '../process/process-group.js';

/*
 * Starts a server and ends: node start-detached.js <output file> <mark> <command...>; prints the identity of the process.
 * Nx, and other runners of tasks, end the whole process tree of a task when the task ends. The server leaves that tree
 * when the process that started it ends.
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
// Without this, Node would wait for the server, which is a child that keeps running.
process.exit(0);
