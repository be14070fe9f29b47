import { replaceFile } from '../records/replace-file.js';
import type { Report } from './report.js';
import { reportPage } from './report-page.js';

/**
 * Writes the comparison of both versions: as a page, or as JSON if the name ends so.
 * @throws when the file cannot be written
 */
export function writeReport(file: string, report: Report): void {
  const content = file.endsWith('.json') ? `${JSON.stringify(report, null, 2)}\n` : reportPage(report);
  try {
    replaceFile(file, content);
  } catch (cause) {
    throw new Error(`The report could not be written to ${file}. Name another file: --report=<file>`, {
      cause,
    });
  }
}
