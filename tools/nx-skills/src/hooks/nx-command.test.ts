import { expect, it } from 'vitest';
import { readNxCommand } from './nx-command.js';

const read = (line: string) => readNxCommand(line.split(' '));

it.each([
  ['deploy shop', { targets: ['deploy'], projects: ['shop'], options: {} }],
  ['deploy shop --smokeTest', { projects: ['shop'], options: { smokeTest: true } }],
  ['deploy shop --timeout=5 --to', { options: { timeout: 5, to: true } }],
  ['deploy shop --smoke-test --no-dirty', { options: { 'smoke-test': true, dirty: false } }],
  ['deploy shop --parallel=2 --skip-nx-cache --outputStyle static', { projects: ['shop'], options: {} }],
  ['deploy shop -c production', { configuration: 'production' }],
  ['deploy shop --prod', { configuration: 'production' }],
  ['deploy shop other', { projects: ['shop'], words: ['other'] }],
  ['deploy', { targets: ['deploy'], projects: [] }],
  ['deploy --smokeTest shop', { projects: [], options: { smokeTest: 'shop' } }],
  ['deploy shop -- --retry', { projects: ['shop'], options: { retry: true } }],
  ['s shop', { targets: ['serve'] }],
  ['run shop:deploy', { targets: ['deploy'], projects: ['shop'], configuration: undefined }],
  ['run shop:deploy:production --retry', { configuration: 'production', options: { retry: true } }],
  ['run --project shop --target deploy', { targets: ['deploy'], projects: ['shop'] }],
])('reads nx %s as a run of one', (line, command) => {
  expect(read(line)).toMatchObject({ kind: 'run', ...command });
});

it.each([
  ['run-many -t deploy', { kind: 'run-many', targets: ['deploy'], projects: [], options: {} }],
  ['run-many -t lint,deploy -p a,b', { targets: ['lint', 'deploy'], projects: ['a', 'b'] }],
  ['run-many -t lint deploy -p a b --retry', { targets: ['lint', 'deploy'], projects: ['a', 'b'] }],
  ['run-many --targets=deploy --projects=a --exclude=b', { projects: ['a'], exclude: ['b'] }],
  ['affected -t deploy --base=main --smokeTst', { kind: 'affected', options: { smokeTst: true } }],
])('reads nx %s as a run of many', (line, command) => {
  expect(read(line)).toMatchObject(command);
});

it.each(['', '--version', '--help'])('leaves nx %s alone', (line) => {
  expect(read(line)).toBeUndefined();
});
