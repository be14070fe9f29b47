import { printable } from '../terminal/printable.js';
import { type ResultLook, resultTable } from '../terminal/result-table.js';
import { type Report, rowsOf, sentencesOf } from './report.js';

/** The comparison of both versions, as a table and sentences. */
export function reportText(report: Report, look: ResultLook): string {
  const { skill, rollout } = report;
  const title = `${skill}: both versions of rollout ${rollout}`;
  return resultTable(
    [
      { title: 'MEASURE', cell: ([measure]) => measure },
      { title: 'LIVE', cell: ([, live]) => live },
      { title: 'NEW VERSION', cell: ([, , canary]) => canary },
    ],
    rowsOf(report),
    [title, ...sentencesOf(report).map(printable)],
    look,
  );
}
