import type { Recorded } from '@odoobo/app-platform';
import type { Journal } from '../records/journal.js';
import { readFolded } from '../records/kept-records.js';
import { parseRecord } from '../records/record.js';
import { RecordedFold } from '../records/recorded-fold.js';

/** Most lines of the journal are progress: parsing only these types is several times faster. */
const withDeployment = /"type":"(planned|written|active|rolled-back)"/;

/** Reads the results of earlier deploys and rollbacks to one environment, by skill. @throws when the journal cannot be read */
export function readRecorded(journal: Journal, environment: string): ReadonlyMap<string, Recorded> {
  const { recorded, positions: folded } = readFolded(journal);
  const fold = new RecordedFold(recorded);
  for (let positions = folded; ;) {
    const news = journal.readNew(positions);
    if (news.positions === positions) return fold.of(environment);
    for (const line of news.lines) {
      const record = withDeployment.test(line) ? parseRecord(line) : undefined;
      if (record) fold.add(record);
    }
    positions = news.positions;
  }
}
