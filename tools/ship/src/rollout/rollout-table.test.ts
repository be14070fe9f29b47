import { routerStateSchema } from '@odoobo/app-platform';
import pc from 'picocolors';
import { expect, it } from 'vitest';
import { rolloutTable } from './rollout-table.js';

const counts = { requests: 10, failures: 0 };

function tableOf(heard: number, columns = 120): string {
  const state = routerStateSchema.parse({
    rollout: 'shop-42',
    phase: 'going',
    weight: 10,
    verdict: { answer: 'too little', because: 'too early' },
    variants: { live: counts, canary: counts },
    routers: {
      expected: 2,
      heard: Array.from({ length: heard }, (_, i) => ({ router: `${i}`, requests: 5, secondsAgo: i })),
    },
  });
  return rolloutTable([{ skill: 'shop', state }, { skill: 'till' }], {
    style: pc.createColors(false),
    columns,
  });
}

it('says how many routers were heard of, and what that means where one was not', () => {
  expect(tableOf(2)).toMatch(/ROUTERS[^]*shop +going .* 2 of 2\n/);
  expect(tableOf(2)).toMatch(/till +none .* -\n/);
  expect(tableOf(2)).not.toContain('heard of');
  for (const columns of [120, 60])
    expect(tableOf(1, columns).replaceAll(/\s+/g, ' ')).toContain('shop: Only 1 of 2 routers were heard of');
});
