import fc from 'fast-check';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Interleavings } from './interleavings/interleaved-run.js';
import { scenarios } from './interleavings/scenario.js';

let directory: string;
let world: Interleavings;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'interleavings-'));
  world = await Interleavings.start(directory);
});

afterAll(async () => {
  await world.close();
  await rm(directory, { recursive: true });
});

const numRuns = process.env['NIGHTLY'] ? 1000 : 60;

it(`never calls a success what is not live, and writes once at most, in ${numRuns} interleavings with someone else`, async () => {
  const counts: Record<string, number> = {};
  await fc.assert(
    fc.asyncProperty(scenarios, async (scenario) => {
      const { result, live, liveVersion, wantedVersion, effects } = await world.run(scenario);
      const ending = `${scenario.operation}: ${result.outcome}`;
      counts[ending] = (counts[ending] ?? 0) + 1;
      expect(effects).toBeLessThanOrEqual(1);
      expect(result.cause?.code).not.toBe('Unexpected');
      if (result.outcome !== 'deployed' && result.outcome !== 'unchanged') return;
      expect({ id: live?.id, version: liveVersion }).toEqual({
        id: result.deploymentId,
        version: wantedVersion,
      });
    }),
    { numRuns },
  );
  // Each operation sometimes succeeds, and sometimes another deployment replaces its own.
  expect(counts).toMatchObject(
    Object.fromEntries(
      [
        'create: deployed',
        'update: deployed',
        'rollback: deployed',
        'update: superseded',
        'rollback: superseded',
      ].map((ending) => [ending, expect.any(Number) as number]),
    ),
  );
}, 600_000);
