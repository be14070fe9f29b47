import pc from 'picocolors';
import { expect, it } from 'vitest';
import type { Terminal } from '../../terminal/screen.js';
import { JsonDisplay, PlainDisplay, ScreenDisplay } from './display.js';
import { monitorReportSchema, statuses, type MonitorReport } from './report.js';

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

/** A terminal, and what was written to it. */
function terminal(
  columns: number,
  rows: number,
): Terminal & { size: () => { columns: number; rows: number }; all: () => string } {
  let written = '';
  return { write: (text) => void (written += text), size: () => ({ columns, rows }), all: () => written };
}

it('writes a document a look, on a line of its own', async () => {
  const { texts, write } = collector();
  const display = new JsonDisplay(write);
  await display.show(report(1));
  await display.show(report(2));
  const lines = texts.join('').split('\n');
  expect(lines).toHaveLength(3);
  expect(monitorReportSchema.parse(JSON.parse(lines[1] ?? ''))).toEqual(report(2));
});

it('prints a table where something has changed, and not because time passes', async () => {
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

it('draws over the whole terminal, fitted, and gives it back as it was', async () => {
  const small = terminal(20, 5);
  const display = new ScreenDisplay(small, plain);
  await display.show(report(1));
  display.refresh(report(2));
  display.close();
  display.close();
  const [entered = '', first = '', second = ''] = small.all().split('\u001b[H');
  expect(entered).toBe('\u001b[?1049h\u001b[?25l\u001b[?7l');
  expect(first.split('\r\n')).toHaveLength(5);
  expect(first).toContain('\u001b[2K  p  2026-01-01 12:…\r\n');
  expect(second.split('\u001b[?7h')[1]).toBe('\u001b[?25h\u001b[?1049l');
  display.refresh(report(3));
  expect(small.all().split('\u001b[H')).toHaveLength(3);
});

it('draws anew when the terminal changes its size', async () => {
  const window = terminal(80, 24);
  const display = new ScreenDisplay(window, plain);
  await display.show(report(1));
  window.size = () => ({ columns: 10, rows: 3 });
  process.emit('SIGWINCH', 'SIGWINCH');
  display.close();
  const last = window.all().split('\u001b[H').at(-1) ?? '';
  expect(last.split('\r\n')).toHaveLength(3);
  expect(last).toContain('  p  2026…');
});
