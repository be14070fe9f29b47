import { Journal } from '../records/journal.js';
import { StatusFile } from '../records/status-file.js';
import { type RecordingKind, recordOf } from './status-steps.js';

// A process that updates the status file for a run of one skill, and reports each step that it has recorded:
// `status-writer <file> <journal> <kind> <skill> <steps>`.
const [path = '', journalPath = '', kind, skill = '', steps] = process.argv.slice(2);
const journal = new Journal(journalPath);
const status = new StatusFile(path, journal);
for (let step = 1; step <= Number(steps); step++) {
  journal.append(recordOf(kind as RecordingKind, skill, step));
  process.send?.(step);
  status.refresh();
}
process.disconnect?.();
