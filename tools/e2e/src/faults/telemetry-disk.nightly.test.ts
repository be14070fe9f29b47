import { stopPlatform } from '@odoobo/local-platform/client';
import type { OtlpReceiver } from '@odoobo/telemetry/testing';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kitSource } from '../support/kit-source.js';
import { canMount, SmallDisk } from '../support/small-disk.js';
import { Workspace } from '../support/workspace.js';

const { startOtlpReceiver } = await import('@odoobo/telemetry/testing');

describe.skipIf(!canMount)('a workspace whose disk is full (needs root)', () => {
  let workspace: Workspace;
  let disk: SmallDisk;
  let collector: OtlpReceiver;

  const deploy = () => workspace.odoobo(['deploy', 'shop']);
  const source = (says: string) => workspace.write('skills/shop/src/main.js', kitSource(says));

  beforeAll(async () => {
    collector = await startOtlpReceiver();
    workspace = await Workspace.create({ shop: {} });
    workspace.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.url;
    await source('one');
    disk = await SmallDisk.under(workspace.root);
    const { exitCode, output } = await deploy();
    expect(exitCode, output).toBe(0);
    await source('two');
    disk.fill();
  }, 60_000);
  afterAll(async () => {
    await stopPlatform(join(workspace.root, '.local-platform'));
    await disk.unmount();
    await workspace.close();
    await collector.close();
  });

  it('deploys with an endpoint for its trace, with one warning', async () => {
    const { exitCode, output } = await deploy();
    expect(exitCode, output).toBe(0);
    expect(output).toContain('shop  updated');
    expect(output.match(/are not complete|was not exported/g), output).toEqual(['are not complete']);
  }, 30_000);

  it('shows and exports the traces that were recorded before', async () => {
    const shown = await workspace.nxSkills(['trace']);
    expect(shown.output).toMatch(/^ {2}shop +━+/m);
    const before = collector.spans.length;
    const exported = await workspace.nxSkills(['trace', '--otlp']);
    expect(exported.exitCode, exported.output).toBe(0);
    expect(collector.spans.length).toBeGreaterThan(before);
  }, 30_000);

  // With a little room, the first file is written and the second one ends in the middle.
  it.each([0, 16])(
    'shows a profile, says that its files cannot be written, and leaves none (%i kB left)',
    async (left) => {
      disk.fill(left * 1024);
      const { exitCode, output } = await workspace.odoobo(['profile', 'shop', '--seconds=1']);
      expect(exitCode).toBe(1);
      expect(output).toMatch(/It was busy [\d.]+ % of the time/);
      expect(output).toContain(`could not be written to ${workspace.root}/logs/profiles`);
      expect(output).toMatch(/is full \(ENOSPC\)\. Make room there, then try again/);
      expect(await readdir(join(workspace.root, 'logs/profiles')).catch(() => [])).toEqual([]);
    },
    30_000,
  );

  it('exports the trace of the next deploy, once there is room', async () => {
    await disk.makeRoom();
    await source('three');
    const { exitCode, output } = await deploy();
    expect(exitCode, output).toBe(0);
    expect(output).not.toMatch(/are not complete|was not exported/);
    const traceId = (await workspace.status('shop'))['trace_id'];
    expect(collector.spans.filter((span) => span.traceId === traceId).length).toBeGreaterThan(3);
    const verified = await workspace.nxSkills(['audit', 'verify']);
    expect(verified.exitCode, verified.output).toBe(0);
  }, 30_000);
});
