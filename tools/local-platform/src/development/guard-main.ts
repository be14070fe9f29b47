import type { Mark } from '../process/mark.js';
import { endMarked } from './run-beside.js';

/*
 * Ends the processes that carry a mark once their starter is gone: node guard-main.js <mark> <grace in milliseconds>
 * Its stdin is a pipe from that process, which the system closes however it ends.
 */

const [mark = '', graceMs = '0'] = process.argv.slice(2);
process.stdin.resume().on('end', () => void endMarked(JSON.parse(mark) as Mark, Number(graceMs)));
// Nx ends the whole tree of processes below a task: this process stays until that has ended.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
