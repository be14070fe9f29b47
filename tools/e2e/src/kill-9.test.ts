import { expect, it } from 'vitest';
import { KillNineSoak } from './support/kill-9/soak.js';

const seed = 20_261_123;
const rounds = process.env['NIGHTLY'] ? 24 : 2;

// `npm run bench kill-9` does the same 200 times.
it('converges after kill -9 of the platform or of the deployer, and leaves nothing behind', async () => {
  const soak = await KillNineSoak.start(seed);
  try {
    for (let round = 0; round < rounds; round++) {
      const { plan, problems } = await soak.round();
      expect(problems, `round ${round} of seed ${seed}: ${JSON.stringify(plan)}`).toEqual([]);
    }
  } finally {
    await soak.close();
  }
}, 600_000);
