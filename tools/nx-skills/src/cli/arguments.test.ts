import { expect, it } from 'vitest';
import { parseNames } from './arguments.js';

it.each([
  [undefined, undefined],
  ['', undefined],
  ['  ', undefined],
  ['a', ['a']],
  [' a, b,,a ', ['a', 'b']],
])('reads %j as the names %j', (option, names) => {
  expect(parseNames(option)).toEqual(names);
});

it('refuses a list without a name', () => {
  expect(() => parseNames(',')).toThrow('--skills=, names no skill');
});
