import pc from 'picocolors';
import { expect, it, vi } from 'vitest';
import { HeadlessTerminal } from '../test-support/headless-terminal.js';
import { JsonDisplay, PlainDisplay, ScreenDisplay } from './display.js';
import { type MonitorReport, monitorReportSchema, statuses } from './report.js';

const plain = pc.createColors(false);

function report(second: number, fields: Partial<MonitorReport> = {}): MonitorReport {
  const at = `2026-01-01T12:00:0${second}.000Z`;
  const summary = Object.fromEntries(statuses.map((status) => [status, 0])) as MonitorReport['summary'];
  const health = { healthy: true, url: 'http://a/health', milliseconds: second };
  const row = { skill: 'a', status: 'healthy', inWorkspace: true, lastFailed: false, pinned: false } as const;
  const skills = [{ ...row, health }];
  return { at, seenAt: at, platform: 'p', success: true, summary, skills, events: [], ...fields };
}

function collector(): { texts: string[]; write: (text: string) => Promise<void> } {
  const texts: string[] = [];
  return { texts, write: async (text) => void texts.push(text) };
}

it('writes one document per check, each on its own line', async () => {
  const { texts, write } = collector();
  const display = new JsonDisplay(write);
  await display.show(report(1));
  await display.show(report(2));
  const lines = texts.join('').split('\n');
  expect(lines).toHaveLength(3);
  expect(monitorReportSchema.parse(JSON.parse(lines[1] ?? ''))).toEqual(report(2));
});

it('prints a table when something has changed, not because time passes', async () => {
  const { texts, write } = collector();
  const display = new PlainDisplay(write, plain);
  await display.show(report(1));
  await display.show(report(2));
  expect(texts).toHaveLength(1);
  await display.show(report(3, { trouble: 'It is gone.', seenAt: report(2).at }));
  await display.show(report(4, { trouble: 'It is gone.', seenAt: report(2).at }));
  expect(texts).toHaveLength(2);
  expect(texts[1]).toContain('It is gone.');
  expect(texts.join('')).not.toContain('\u001b');
});

it('draws on the whole terminal, and restores it', async () => {
  const terminal = new HeadlessTerminal({ columns: 21, rows: 5 });
  terminal.write('before\n');
  const display = new ScreenDisplay(terminal, plain);
  await display.show(report(1));
  const shown = await terminal.shown();
  expect(shown[1]).toBe('  p  2026-01-01 12:…');
  expect(shown).toHaveLength(5);
  display.close();
  display.close();
  display.refresh(report(3));
  expect(await terminal.shown()).toEqual(['before']);
});

it('redraws when the terminal changes its size', async () => {
  const terminal = new HeadlessTerminal({ columns: 80, rows: 24 });
  const display = new ScreenDisplay(terminal, plain);
  await display.show(report(1));
  await terminal.resize({ columns: 11, rows: 3 });
  await vi.waitFor(async () => expect((await terminal.shown())[1]).toBe('  p  2026…'));
  expect((await terminal.shown()).length).toBeLessThanOrEqual(3);
  display.close();
});
