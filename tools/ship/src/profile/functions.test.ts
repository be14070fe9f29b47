import { expect, it } from 'vitest';
import { flameGraph } from './flame-graph.js';
import { callTree, hotFunctions } from './functions.js';
import type { CpuProfile } from './profile.js';

const frame = (functionName: string, url = '', lineNumber = 0) => ({ functionName, url, lineNumber });

/** `main` calls `slow`, whose time passes in a function of V8, and `fast`. Half of the time nothing is done. */
const profile: CpuProfile = {
  startTime: 0,
  endTime: 20_000,
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 6] },
    { id: 2, callFrame: frame('main', 'src/main.ts', 4), children: [3, 5] },
    { id: 3, callFrame: frame('slow', 'src/slow.ts', 9), children: [4] },
    { id: 4, callFrame: frame('sort') },
    { id: 5, callFrame: frame('fast', 'src/<fast>.ts', 1) },
    { id: 6, callFrame: frame('(idle)') },
  ],
  samples: [2, 3, 4, 5, 6],
  timeDeltas: [1_000, 1_000, 7_000, 1_000, 10_000],
};

it('the time of functions of V8 is that of the function that called them', () => {
  expect(hotFunctions(callTree(profile), 2)).toEqual([
    { name: 'slow', place: 'src/slow.ts:10', self: 8 },
    { name: 'main', place: 'src/main.ts:5', self: 1 },
  ]);
  expect(callTree(profile).total).toBe(10);
});

it('a flame graph is one page that loads nothing, and shows names as text', () => {
  const page = flameGraph('shop', callTree(profile));
  expect(page).toContain('data-left="0.000000" data-width="0.800000" title="slow src/slow.ts:10');
  expect(page).toContain('src/&lt;fast&gt;.ts:2');
  expect(page).not.toMatch(/src=|href=|https?:/);
});

it('a profile in which nothing was done has no functions', () => {
  const idle = { ...profile, samples: [6], timeDeltas: [20_000] };
  expect(hotFunctions(callTree(idle), 5).every(({ self }) => self === 0)).toBe(true);
  expect(flameGraph('shop', callTree({ ...idle, nodes: [] }))).toContain('<h1>shop</h1>');
});
