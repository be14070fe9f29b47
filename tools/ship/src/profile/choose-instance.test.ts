import { expect, it } from 'vitest';
import { chooseInstance } from './choose-instance.js';

const processes = [0, 1, 2].map((instance) => ({ component: 'web', instance, pid: 100 + instance }));

it('profiles the first instance, and says how to choose another one', () => {
  expect(chooseInstance('shop', processes, undefined)).toEqual({
    pid: 100,
    said: 'Of its 3 instances this is web-0. Another one: --instance=web-1, --instance=web-2\n',
  });
  expect(chooseInstance('shop', processes.slice(0, 1), undefined)).toEqual({ pid: 100, said: '' });
});

it('profiles the instance that is named, and refuses a name that none has', () => {
  expect(chooseInstance('shop', processes, 'web-2').pid).toBe(102);
  expect(() => chooseInstance('shop', processes, 'web-3')).toThrow(
    'shop has no instance "web-3". Name one of: --instance=web-0, --instance=web-1, --instance=web-2',
  );
  expect(() => chooseInstance('shop', [], undefined)).toThrow('No process of shop runs on this machine.');
});
