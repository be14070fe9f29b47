import { ChainedJournal } from '../records/chained-journal.js';
import { writeFolded } from '../records/kept-records.js';
import { type RecordingKind, recordOf } from './status-steps.js';

// Appends the steps of a skill to a journal, and rotates it again and again: `journal-writer <journal> <kind> <steps>`.
const [path = '', kind, steps] = process.argv.slice(2);
const journal = new ChainedJournal(path);
for (let step = 1; step <= Number(steps); step++) {
  journal.append(recordOf(kind as RecordingKind, kind ?? '', step));
  process.send?.(step);
  if (await journal.rotate({ limit: 1500 })) writeFolded(journal);
}
process.disconnect();
