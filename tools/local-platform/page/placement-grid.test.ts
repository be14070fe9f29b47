import { expect, it } from 'vitest';
import type { Placed } from '../src/page/placement-answers.js';
import type { Row } from './fleet.js';
import { gridOf, placedRows } from './placement-grid.js';

function rowOf(name: string): Row {
  return { app: { id: name, spec: { name } } as Row['app'], standing: 'live' };
}

function placed(apps: Record<string, Omit<Placed, 'environment' | 'changed'> & { environment?: string }>) {
  const all = Object.entries(apps).map(([id, one]) => [id, { environment: 'local', changed: false, ...one }]);
  return placedRows([...Object.keys(apps), 'other'].map(rowOf), {
    apps: Object.fromEntries(all) as Record<string, Placed>,
  });
}

it('has a line for each skill, a column for each placement, and no other app', () => {
  const grid = gridOf(
    placed({
      'till-us': { of: 'till', name: 'us' },
      'shop-us': { of: 'shop', name: 'us' },
      'shop-eu': { of: 'shop', name: 'eu' },
      till: { of: 'till' },
    }),
  );
  expect(grid.placements).toEqual(['default', 'eu', 'us']);
  const names = grid.skills.map(({ skill, cells }) => [skill, ...cells.map((one) => one?.row.app.spec.name)]);
  expect(names).toEqual([
    ['shop', undefined, 'shop-eu', 'shop-us'],
    ['till', 'till', undefined, 'till-us'],
  ]);
});

it('names the environments where there are several', () => {
  const rows = placed({
    'shop-staging': { of: 'shop', environment: 'staging' },
    'shop-eu': { of: 'shop', name: 'eu' },
  });
  expect(gridOf(rows).placements).toEqual(['local eu', 'staging default']);
});
