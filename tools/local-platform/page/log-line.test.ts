import { expect, it } from 'vitest';
import { everything, filterLines } from './log-filter.js';
import { LineReader, type LogLine } from './log-line.js';

const time = '2026-01-31T12:00:00.000Z';

function read(...texts: string[]): LogLine[] {
  const reader = new LineReader();
  return texts.map((text) => reader.read(`web ${time} ${text}\n`));
}

function only(text: string): LogLine {
  const [line] = read(text);
  if (!line) throw new Error('no line');
  return line;
}

it('reads component, time and text of a line', () => {
  expect(only('it is up')).toMatchObject({ component: 'web', time, plain: 'it is up' });
  expect(new LineReader().read('web no time\n')).toMatchObject({
    component: 'web',
    time: '',
    plain: 'no time',
  });
  expect(new LineReader().read('\n')).toMatchObject({ component: '', plain: '' });
});

it('shows the colours of a terminal, by names that the style sheet knows', () => {
  const { pieces, plain } = only(
    '\u001b[1;31mbad\u001b[0m and \u001b[42mground\u001b[0m, \u001b[96mbright\u001b[39m plain',
  );
  expect(plain).toBe('bad and ground, bright plain');
  expect(pieces).toEqual([
    { text: 'bad', look: 'ansi-bold ansi-red' },
    { text: ' and ', look: '' },
    { text: 'ground', look: 'ansi-ground' },
    { text: ', ', look: '' },
    { text: 'bright', look: 'ansi-bright-cyan' },
    { text: ' plain', look: '' },
  ]);
});

it.each([
  ['38;5;208', 'ansi-yellow'],
  ['38;5;196', 'ansi-red'],
  ['38;5;27', 'ansi-blue'],
  ['38;2;255;0;128', 'ansi-magenta'],
  ['38;2;90;200;110', 'ansi-green'],
  ['38;5;244', ''],
  ['38;2;128;128;130', ''],
  ['48;5;22', 'ansi-ground'],
])('shows of the finer colour %s the nearest that is legible on any ground', (colour, look) => {
  expect(only(`\u001b[${colour}mx\u001b[0m`).pieces).toEqual([{ text: 'x', look }]);
});

it.each([
  ['a colour that nobody has named', '\u001b[38;5;200mx\u001b[48;2;1;2;3my', 'xy'],
  ['text that is hidden', '\u001b[8msecret\u001b[0m', 'secret'],
  ['a title of the window', '\u001b]0;taken over\u0007x', 'x'],
  ['a link', '\u001b]8;;javascript:alert(1)\u001b\\x\u001b]8;;\u001b\\', 'x'],
  ['a cleared screen', '\u001b[2J\u001b[Hx', 'x'],
  ['a broken sequence', 'x\u001b[', 'x'],
  ['markup', '<img src=x onerror="alert(1)"><script>', '<img src=x onerror="alert(1)"><script>'],
  ['text that is turned around', 'a\u202eb', 'a\ufffdb'],
  ['a bell', 'a\u0007b', 'a\u2407b'],
])('shows of %s only the text', (_, text, plain) => {
  const line = only(text);
  expect(line.plain).toBe(plain);
  for (const { look } of line.pieces) expect(look).toMatch(/^(ansi-[a-z-]+ ?)*$/);
});

it('does not carry the colour of a line into the next one', () => {
  const [, next] = read('\u001b[31mred', 'plain');
  expect(next?.pieces).toEqual([{ text: 'plain', look: '' }]);
});

it('marks errors and warnings, with the stack trace that follows', () => {
  const lines = read(
    'it is up',
    'TypeError: x is undefined',
    '    at handler (main.mjs:3:1)',
    '{"level":40,"msg":"slow"}',
    '{"level":"error","msg":"no database"}',
    'WARN: retry',
    '0 errors',
    'onerror=1',
    '\u001b[31mERROR\u001b[0m: no',
    '{"level":"info","msg":"ended without error"}',
    'time=1 level=warn msg="no error"',
    '{"severity": "ERROR", "message": "no database"}',
  );
  expect(lines.map(({ level }) => level)).toEqual([
    'other',
    'error',
    'error',
    'warning',
    'error',
    'warning',
    'other',
    'other',
    'error',
    'other',
    'warning',
    'error',
  ]);
});

it('finds lines by text, component and level', () => {
  const reader = new LineReader();
  const lines = ['web GET /orders', 'jobs GET /orders failed: Error', 'jobs warning: slow'].map((data) =>
    reader.read(data),
  );
  const found = (filter: Partial<typeof everything>) =>
    filterLines(lines, { ...everything, ...filter }).map(({ number }) => number);
  expect(found({})).toEqual([0, 1, 2]);
  expect(found({ text: ' get ' })).toEqual([0, 1]);
  expect(found({ text: '(' })).toEqual([]);
  expect(found({ component: 'jobs' })).toEqual([1, 2]);
  expect(found({ level: 'warnings' })).toEqual([1, 2]);
  expect(found({ component: 'jobs', level: 'errors', text: 'orders' })).toEqual([1]);
});
