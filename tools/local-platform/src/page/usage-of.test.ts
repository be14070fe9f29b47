import { expect, it } from 'vitest';
import { componentUsages } from './usage-of.js';

const point = (at: number, cpuPercent: number | null, memoryBytes: number | null, restarts: number) => ({
  at,
  cpuPercent,
  memoryPercent: null,
  memoryBytes,
  restarts,
});

it('is, per component, the mean CPU, the total memory and the new restarts of its instances', () => {
  const instances = [
    {
      component: 'web',
      instance: 'web-0',
      points: [point(1, null, 100, 5), point(2, 10, 100, 7), point(3, 20, 100, 1)],
    },
    { component: 'web', instance: 'web-1', points: [point(2, 30, 50, 0), point(3, null, null, 1)] },
    { component: 'mail', instance: 'mail-0', points: [point(3, 1, 1, 0)] },
  ];
  expect(componentUsages(instances)).toEqual([
    {
      component: 'web',
      times: [1, 2, 3],
      cpuPercent: [null, 20, 20],
      memoryBytes: [100, 150, 100],
      // The last count of web-0 is of another deployment.
      restarts: [0, 2, 2],
    },
    { component: 'mail', times: [3], cpuPercent: [1], memoryBytes: [1], restarts: [0] },
  ]);
});
