import { expect, it } from 'vitest';
import { hotFunctions } from './functions.js';
import { recordedTree } from './recording.js';

it('the tree of a Python process has the time of each function, over all threads, without that in which they wait', () => {
  const frames = [
    { name: 'score', file: '/app/readability.py', line: 10 },
    { name: 'invoke', file: '/app/main.py', line: 20 },
    { name: 'sort', file: null, line: null },
    { name: 'Condition.wait', file: 'threading.py', line: 295 },
    { name: 'EpollSelector.select', file: 'selectors.py', line: 451 },
  ];
  const idle = { samples: [[3], [1, 4]], weights: [0.5, 0.5] };
  const thread = {
    samples: [
      [1, 0],
      [1, 0, 2],
    ],
    weights: [0.3, 0.1],
  };
  const tree = recordedTree({
    shared: { frames },
    profiles: [thread, { samples: [[1]], weights: [0.2] }, idle],
  });
  expect(tree).toMatchObject({ name: 'all', total: 600, self: 0 });
  const [invoke] = tree.calls;
  expect(invoke).toMatchObject({ name: 'invoke', place: '/app/main.py:20', self: 200 });
  expect(hotFunctions(tree, 1)).toEqual([{ name: 'score', place: '/app/readability.py:10', self: 400 }]);
});
