import { expect, it } from 'vitest';
import { errorIn } from './log-error.js';

const nodeStack = `file:///app/main.js:2
throw new Error('no database');
      ^

Error: no database
    at file:///app/main.js:2:7
    at async loadESM (node:internal/process/esm_loader:28:7)

Node.js v20.20.2`;

const withCauses = `file:///app/main.js:1
async function f() { throw new Error('cannot load the model', { cause }) }
                           ^

Error: cannot load the model
    at f (file:///app/main.js:1:80) {
  [cause]: TypeError: fetch failed
      at async f (file:///app/main.js:1:27) {
    [cause]: Error: connect ECONNREFUSED 127.0.0.1:5432
        at TCPConnectWrap.afterConnect (node:net:1555:16) {
      code: 'ECONNREFUSED'
    }
  }
}

Node.js v20.20.2`;

const emitted = `node:events:502
      throw er; // Unhandled 'error' event
      ^

Error: listen EADDRINUSE: address already in use 127.0.0.1:80
    at Server.setupListenHandle [as _listen2] (node:net:1886:21)
Emitted 'error' event on Server instance at:
    at emitErrorNT (node:net:1944:8) {
  code: 'EADDRINUSE'
}`;

const thrownText = `/app/main.js:1
throw 'no configuration'
^
no configuration
(Use \`node --trace-uncaught ...\` to show where the exception was thrown)`;

const python = `INFO starting
Traceback (most recent call last):
  File "/app/main.py", line 3, in <module>
    connect()
    ~~~~~~~^^
  File "/app/db.py", line 9, in connect
    raise KeyError("DATABASE_URL")
KeyError: 'DATABASE_URL'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/main.py", line 5, in <module>
    raise app.NotConfigured("DATABASE_URL is missing") from error
app.NotConfigured: DATABASE_URL is missing`;

it.each([
  ['the error above the stack trace of Node', nodeStack, 'Error: no database'],
  [
    'and what it was caused by',
    withCauses,
    'Error: cannot load the model (cause: Error: connect ECONNREFUSED 127.0.0.1:5432)',
  ],
  ['an unhandled event', emitted, 'Error: listen EADDRINUSE: address already in use 127.0.0.1:80'],
  ['a text that was thrown', thrownText, 'no configuration'],
  ['the last line of a traceback of Python', python, 'app.NotConfigured: DATABASE_URL is missing'],
  [
    'an error with a code',
    'x\nError [ERR_MODULE_NOT_FOUND]: Cannot find module "a"\n    at b',
    'Error [ERR_MODULE_NOT_FOUND]: Cannot find module "a"',
  ],
  ['the last of several crashes', `${nodeStack}\nTypeError: later\n    at x`, 'TypeError: later'],
  [
    'a panic of Go',
    'listening\npanic: runtime error: index out of range\n\ngoroutine 1 [running]:',
    'panic: runtime error: index out of range',
  ],
  [
    'a line of a logger',
    '{"level":"info","msg":"up"}\n{"level":"fatal","msg":"bad","err":{"type":"DbError","message":"gone","stack":"x"}}',
    'DbError: gone',
  ],
  [
    'the first error of a compiler',
    'src/a.ts(3,5): error TS2322: Type x\nsrc/b.ts(1,1): error TS1005: y\nnpm error code 2',
    'src/a.ts(3,5): error TS2322: Type x',
  ],
  [
    'the first thing of a list',
    'Error: Build failed with 1 error:\nsrc/main.js:1:24: ERROR: Could not resolve "./x"',
    'Error: Build failed with 1 error: src/main.js:1:24: ERROR: Could not resolve "./x"',
  ],
  [
    'the memory that a heap had',
    '<--- Last few GCs --->\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n----- Native stack trace -----\n 1: 0xb8d0a3',
    'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  ],
  ['a missing command', 'sh: 1: gunicorn: not found', 'sh: 1: gunicorn: not found'],
  ['an error without its colours', '\u001b[31mError: red\u001b[0m\n    at x (y:1:1)', 'Error: red'],
  ['a line that sounds like an error', 'starting\nDATABASE_URL is not set\nbye', 'DATABASE_URL is not set'],
  [
    'lines with component and time',
    'web 2026-01-31T09:30:00.123456Z Error: no database\nweb 2026-01-31T09:30:00.123456Z     at x',
    'Error: no database',
  ],
  [
    'nothing in what the platform says itself',
    '2026-01-31T09:30:00.123Z DeployContainerHealthChecksFailed: It failed.',
    undefined,
  ],
  ['nothing where no line says it', 'starting\nasked for health, answering 200', undefined],
  ['nothing in no output', '', undefined],
  ['nothing of a logger that has no errors', '{"level":"info","msg":"0 failed"}', undefined],
])('finds %s', (_, log, expected) => {
  expect(errorIn(log.split('\n'))).toBe(expected);
});

it('truncates a very long line', () => {
  expect(errorIn([`Error: ${'x'.repeat(9_000)}`])).toHaveLength(300);
});
