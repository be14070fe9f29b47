import { escapeMarkdown, markdownTable } from '../ci/markdown.js';
import { formatDuration } from '../terminal/format.js';
import { printable } from '../terminal/printable.js';
import { table } from '../terminal/table.js';
import type { Delivery, Figures } from './figures.js';

const head = ['', 'Deployments', 'Per day', 'Lead time', 'Change failure rate', 'Time to restore'];

/** The figures as a table for a terminal, with what is left out below it. */
export function deliveryTable(delivery: Delivery): string {
  const lines = table([
    head.map((title) => title.toUpperCase()),
    ...rowsOf(delivery).map(([name, ...cells]) => [printable(name), ...cells]),
  ]);
  return [titleOf(delivery), '', ...lines, '', ...remarksOf(delivery), ''].join('\n');
}

/** The same for the summary of a job or a comment. */
export function deliveryMarkdown(delivery: Delivery): string {
  const rows = rowsOf(delivery).map(([name, ...cells]) => [escapeMarkdown(name), ...cells]);
  const remarks = remarksOf(delivery).map((remark) => `- ${escapeMarkdown(remark)}\n`);
  return [`## ${titleOf(delivery)}\n`, markdownTable(head, rows), remarks.join('')].join('\n');
}

function titleOf({ environment, since, until }: Delivery): string {
  return `Delivery figures of ${environment}, ${minuteOf(since)} to ${minuteOf(until)}`;
}

function minuteOf(time: string): string {
  return time.replace(/:\d\d\.\d{3}Z$/, 'Z');
}

type Row = [string, ...string[]];

function rowsOf({ all, teams, skills }: Delivery): Row[] {
  return [
    ['all', ...cellsOf(all)],
    ...teams.map((one): Row => [`team ${one.name}`, ...cellsOf(one)]),
    ...skills.map((one): Row => [one.name, ...cellsOf(one)]),
  ];
}

function cellsOf(figures: Figures): string[] {
  const { changes, failures, changeFailureRate: rate, notRestored } = figures;
  const restore = lengthOf(figures.timeToRestoreSeconds);
  return [
    String(figures.deployments),
    perDay(figures.deploymentsPerDay),
    lengthOf(figures.leadTimeSeconds),
    rate === null ? '-' : `${Number((rate * 100).toFixed(1))} % (${failures} of ${changes})`,
    notRestored > 0 ? `${restore} (${notRestored} not restored)` : restore,
  ];
}

function perDay(value: number): string {
  return value === 0 ? '0' : value < 0.005 ? '<0.01' : String(Number(value.toFixed(2)));
}

/** `12 s`, `3 min 05 s`, `5.5 h`, `3.2 d`. */
function lengthOf(seconds: number | null): string {
  if (seconds === null) return '-';
  if (seconds < 7_200) return formatDuration(seconds * 1000);
  if (seconds < 172_800) return `${(seconds / 3_600).toFixed(1)} h`;
  return `${(seconds / 86_400).toFixed(1)} d`;
}

function remarksOf({ all, verifiedBy, leftOut }: Delivery): string[] {
  const { journal, refs, unknown } = verifiedBy;
  const left = Object.entries(leftOut).map(([why, times]) => `${times} ${why}`);
  return [
    `Deployments: ${journal} verified in the journal, ${refs} by refs/deployed, ${unknown} live but not known to be verified.`,
    ...(all.failedBefore > 0
      ? [`Failed before they took traffic, so in no figure: ${all.failedBefore}.`]
      : []),
    ...(left.length > 0 ? [`Left out: ${left.join(', ')}.`] : []),
  ];
}
