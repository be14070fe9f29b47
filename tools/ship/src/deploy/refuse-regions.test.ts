import { AppSpecError } from '@odoobo/app-platform/spec';
import { expect, it } from 'vitest';
import { placedSkill } from './placed-skill.test.helper.js';
import { withoutUnknownRegions } from './refuse-regions.js';

async function inRegions(...regions: (string | undefined)[]) {
  let calls = 0;
  const listRegions = async () => {
    calls += 1;
    return [{ slug: 'fra' }, { slug: 'nyc', disabled: true }];
  };
  const prepared = regions.map((region) =>
    placedSkill(`shop-${region ?? 'own'}`, region && `name: eu, region: ${region}`),
  );
  const left = await withoutUnknownRegions({ prepared, failed: [] }, { listRegions });
  return { names: left.prepared.map(({ request }) => request.skill), failed: left.failed, calls };
}

it('leaves out a placement in a region that the account does not have, named; the others go on', async () => {
  const { names, failed, calls } = await inRegions('fra', 'nyc', undefined);
  expect(names).toEqual(['shop-fra', 'shop-own']);
  expect(failed).toMatchObject([
    {
      skill: 'shop-nyc',
      outcome: 'failed',
      cause: {
        message:
          'file.yaml:1: placements/0/region: App Platform has no region "nyc" for this account. It has: fra',
      },
    },
  ]);
  expect(calls).toBe(1);
});

it('asks for no region where none is named', async () => {
  expect((await inRegions(undefined)).calls).toBe(0);
});

it('refuses a region that does not exist, with its place in the file', async () => {
  await expect(inRegions('mars')).rejects.toThrow(AppSpecError);
  await expect(inRegions('mars')).rejects.toThrow('file.yaml:1: placements/0/region: expected one of');
});
