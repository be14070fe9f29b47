import { expect, it } from 'vitest';
import { parseOptions, UsageError } from './options.js';

it('reads commands, options and names', () => {
  expect(parseOptions(['start', '--port', '4200', '--directory', 'x'])).toMatchObject({
    command: 'start',
    port: 4200,
    directory: 'x',
  });
  expect(parseOptions(['logs', '--follow', 'shop', '--type', 'deploy'])).toMatchObject({
    names: ['shop'],
    type: 'DEPLOY',
    follow: true,
  });
  expect(parseOptions(['-h']).help).toBe(true);
});

it.each([
  [['fly'], /Unknown command "fly"; expected one of start, stop/],
  [[], /No command/],
  [['constructor'], /Unknown command "constructor"/],
  [['start', '--fast'], /--fast/],
  [['stop', '--json'], /"stop" takes no option --json/],
  [['stop', 'now'], /"stop" takes no "now"/],
  [['start', '--port', '0'], /--port: expected an integer from 1 to 65535, got "0"/],
  [['logs'], /needs the name of one app/],
  [['logs', 'shop', '--type', 'x'], /--type: expected run, restarted, deploy or build, got "x"/],
])('%j is wrong use', (args, message) => {
  expect(() => parseOptions(args)).toThrow(UsageError);
  expect(() => parseOptions(args)).toThrow(message);
});
