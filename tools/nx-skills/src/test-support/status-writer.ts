import { Journal } from '../records/journal.js';
import { StatusFile } from '../records/status-file.js';

// A process that keeps the status file for one skill: `status-writer <file> <journal> <skill> <steps>`.
const [path = '', journalPath = '', skill = '', steps = '0'] = process.argv.slice(2);
const journal = new Journal(journalPath);
const status = new StatusFile(path, journal);
for (let step = 1; step <= Number(steps); step++) {
  const at = new Date().toISOString();
  const progress = { deploymentId: 'd', phase: `STEP_${step}`, done: step, total: Number(steps) };
  journal.append({ type: 'progress', run: 'one', environment: 'local', at, skill, ...progress });
  status.refresh();
}
