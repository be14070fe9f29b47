import type { Recorded } from '@odoobo/app-platform';
import type { Journal } from '../records/journal.js';
import { readFolded } from '../records/kept-records.js';
import { parseRecord } from '../records/record.js';
import { RecordedFold } from '../records/recorded-fold.js';

/** Of the lines of the journal most are progress, which tells nothing more: to parse only these is several times as quick. */
const telling = /"type":"(planned|written|active|rolled-back)"/;

/**
 * Reads what earlier deploys and rollbacks to one environment have left, by skill.
 *
 * @throws when the journal cannot be read
 */
export function readRecorded(journal: Journal, environment: string): ReadonlyMap<string, Recorded> {
  const { recorded, positions: folded } = readFolded(journal);
  const fold = new RecordedFold(recorded);
  for (let positions = folded; ;) {
    const news = journal.readNew(positions);
    if (news.positions === positions) return fold.of(environment);
    for (const line of news.lines) {
      const record = telling.test(line) ? parseRecord(line) : undefined;
      if (record) fold.add(record);
    }
    positions = news.positions;
  }
}
