import { expect, it } from 'vitest';
import { commentOn } from './comment-on.js';

const text = `
services:
  - name: shop
    envs:
      # Of the shop.
      - key: FIRST
        value: a
      # For calls that bring no key,
      # and for no other.
      - key: SECOND
        value: b
      - key: THIRD
        value: c # Not needed.
      - key: FOURTH
        value: d
`;

it.each([
  ['services/0/envs/0', 'Of the shop.'],
  ['services/0/envs/1', 'For calls that bring no key, and for no other.'],
  ['services/0/envs/2', 'Not needed.'],
  ['services/0/envs/3', undefined],
  ['services/1/envs/0', undefined],
])('finds what is said of %s', (path, comment) => {
  expect(commentOn(text, path)).toBe(comment);
});
