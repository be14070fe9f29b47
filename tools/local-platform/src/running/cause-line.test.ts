import { expect, it } from 'vitest';
import { causeLine } from './cause-line.js';

const uncaught = `listening on 8080
/app/main.mjs:7
  throw new TypeError('no database', { cause });
        ^

TypeError: no database
    at Server.<anonymous> (/app/main.mjs:7:9)
    at Server.emit (node:events:518:28) {
  [cause]: Error: connect ECONNREFUSED 127.0.0.1:5432
      at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16) {
    code: 'ECONNREFUSED'
  }
}

Node.js v20.19.0`;

const python = `listening
Traceback (most recent call last):
  File "/app/main.py", line 3, in <module>
    open('x')
FileNotFoundError: [Errno 2] No such file or directory: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/main.py", line 5, in <module>
    raise ValueError('bad config')
ValueError: bad config`;

it.each([
  ['an error of Node that was not caught, not its cause', uncaught, 'TypeError: no database'],
  ['an error of Python, the last of several', python, 'ValueError: bad config'],
  [
    'an error whose code stands beside its name',
    'Error [ERR_MODULE_NOT_FOUND]: Cannot find package\n    at x (y:1:1)',
    'Error [ERR_MODULE_NOT_FOUND]: Cannot find package',
  ],
  [
    'the memory that a heap had',
    '<--- Last few GCs --->\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n----- Native stack trace -----\n 1: 0xb8d0a3',
    'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  ],
  [
    'a panic',
    'panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.main()',
    'panic: runtime error: index out of range',
  ],
  ['a command that is missing', 'sh: 1: gunicorn: not found', 'sh: 1: gunicorn: not found'],
  ['the message of a line of JSON', '{"level":60,"msg":"fatal: no licence"}', 'fatal: no licence'],
  ['a colour taken out', '\u001b[31mError: red\u001b[0m\n    at x (y:1:1)', 'Error: red'],
  ['nothing of what says nothing of an error', 'listening on 8080\nGET / 200\n', undefined],
  ['nothing of nothing', '', undefined],
])('is %s', (_, text, expected) => {
  expect(causeLine(text.split('\n'))).toBe(expected);
});

it('is truncated if it is very long', () => {
  expect(causeLine([`Error: ${'x'.repeat(9_000)}`])).toHaveLength(200);
});
