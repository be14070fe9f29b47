import { stopPlatform } from '@odoobo/local-platform/client';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canMount, SmallDisk } from '../support/small-disk.js';
import { diskRow } from './disk-rows.js';
import { expectRow } from './expect-row.js';
import { type FaultEnd, FaultRun } from './fault-run.js';

const { skill } = diskRow;

describe.skipIf(!canMount)('on a full disk (needs mount, as root on Linux)', () => {
  let run: FaultRun;
  let disk: SmallDisk;
  let end: FaultEnd | undefined;

  beforeAll(async () => {
    run = await FaultRun.start(
      { [skill]: {} },
      { beforeFirst: async ({ root }) => void (disk = await SmallDisk.under(root)) },
    );
    await run.workspace.change(skill, { says: 'new' });
    disk.fill();
    end = await run.deploy([skill]);
    await disk.makeRoom();
    await run.converge();
  }, 240_000);
  afterAll(async () => {
    await stopPlatform(join(run.workspace.root, '.local-platform'));
    await disk.unmount();
    await run.close();
  });

  describe(diskRow.name, () => expectRow(diskRow, () => ({ run, end })));

  it('says once that the records are not complete', () => {
    expect(end?.output.match(/records of this run/g), end?.output).toHaveLength(1);
  });

  it('has whole records after the next deploy', async () => {
    const [app] = (await run.workspace.apps()) ?? [];
    expect(await run.workspace.status(skill)).toMatchObject({
      status: 'completed',
      deployment_status: 'UNCHANGED',
      deployment: app?.active_deployment?.id,
      url: app?.live_url,
    });
  });
});
