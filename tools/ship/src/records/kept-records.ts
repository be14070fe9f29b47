import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Journal } from './journal.js';
import { parseRecord } from './record.js';
import { RecordedFold, recordedSchema } from './recorded-fold.js';
import { replaceFile } from './replace-file.js';
import { StatusFold, statusSchema } from './status.js';

const foldedSchema = z.object({
  status: statusSchema,
  recorded: recordedSchema,
  /** How much of the journal it includes. */
  positions: z.record(z.string(), z.int().min(0)),
});

/** The fold of a journal's records, up to some position in it. */
export type Folded = z.infer<typeof foldedSchema>;

/**
 * The fold of the journal when a file of it was last rotated: reading starts there. So the cost does not grow with the
 * years, and files that are too old may be deleted.
 */
export function readFolded(journal: Journal): Folded {
  const nothing: Folded = { status: { skills: {} }, recorded: {}, positions: {} };
  try {
    const folded = foldedSchema.parse(JSON.parse(readFileSync(pathOf(journal), 'utf8')));
    // The fold of a deleted journal does not count.
    return journal.knows(folded.positions) ? folded : nothing;
  } catch {
    return nothing;
  }
}

/** Updates that fold. Safe for several processes at once: each writes a correct fold, and an older one only costs reading. */
export function writeFolded(journal: Journal): Folded {
  const before = readFolded(journal);
  const status = new StatusFold(before.status);
  const recorded = new RecordedFold(before.recorded);
  let { positions } = before;
  for (;;) {
    const news = journal.readNew(positions);
    if (news.positions === positions) break;
    for (const line of news.lines) {
      const record = parseRecord(line);
      if (!record) continue;
      status.add(record);
      recorded.add(record);
    }
    positions = news.positions;
  }
  const after = { status: status.status, recorded: recorded.recorded, positions };
  replaceFile(pathOf(journal), JSON.stringify(after));
  return after;
}

function pathOf({ archives }: Journal): string {
  return join(archives, 'folded.json');
}
