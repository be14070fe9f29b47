import { expect, it } from 'vitest';
import { withProjects } from './find-projects.js';
import { placedSkill } from './placed-skill.test.helper.js';

const shopId = '4f6c71e2-1e90-4762-9fee-6cc4a0a9f2cf';

function prepared(project: string | undefined) {
  return placedSkill('shop-eu', project && `name: eu, project: ${project}`);
}

async function projectsOf(...named: (string | undefined)[]) {
  let calls = 0;
  const listProjects = async () => {
    calls += 1;
    return [
      { id: shopId, name: 'Shop' },
      { id: 'other', name: 'Other' },
    ];
  };
  const preparation = { prepared: named.map(prepared), failed: [] };
  return { ...(await withProjects(preparation, { listProjects })), calls: () => calls };
}

it('are found by name, by one call, or are ids', async () => {
  const byName = await projectsOf('Shop', undefined, 'Shop');
  expect(byName.prepared.map(({ request }) => request.project)).toEqual([shopId, undefined, shopId]);
  expect(byName.calls()).toBe(1);
  const byId = await projectsOf(shopId);
  expect([byId.prepared[0]?.request.project, byId.calls()]).toEqual([shopId, 0]);
  expect((await projectsOf(undefined)).calls()).toBe(0);
});

it('that the account does not have are named, and the others go on', async () => {
  const { prepared: left, failed } = await projectsOf('Shpo', 'Other');
  expect(left.map(({ request }) => request.project)).toEqual(['other']);
  expect(failed[0]?.cause?.message).toBe(
    'file.yaml:1: placements/0/project: the account has no project "Shpo". Did you mean "Shop"?',
  );
});
