import type { Recorded } from '@odoobo/app-platform';
import type { Journal } from '../../records/journal.js';
import { parseRecord, type JournalRecord, type SkillRecord } from '../../records/record.js';

/** What is recorded of one skill, while the journal is read. */
interface Known {
  deployments: Set<string>;
  live: string | undefined;
  rollbacks: Map<string, string>;
}

/** Of the lines of the journal most are progress, which tells nothing more: to parse only these is several times as quick. */
const telling = /"type":"(planned|written|active|rolled-back)"/;

/**
 * Reads what earlier deploys and rollbacks to one environment have left, by skill.
 *
 * @throws when the journal cannot be read
 */
export function readRecorded(journal: Journal, environment: string): ReadonlyMap<string, Recorded> {
  const skills = new Map<string, Known>();
  for (let offset = 0; ;) {
    const part = journal.readFrom(offset);
    if (part.offset === offset) return skills;
    for (const line of part.lines) {
      const record = telling.test(line) ? parseRecord(line) : undefined;
      if (record && isEvent(record) && record.environment === environment) fold(skills, record);
    }
    offset = part.offset;
  }
}

type Telling = Extract<SkillRecord, { deploymentId?: string | undefined }>;

function isEvent(record: JournalRecord): record is Telling {
  return 'skill' in record && 'deploymentId' in record && 'environment' in record;
}

function fold(skills: Map<string, Known>, record: Telling): void {
  const { deploymentId } = record;
  if (deploymentId === undefined) return;
  const known = skills.get(record.skill) ?? {
    deployments: new Set(),
    live: undefined,
    rollbacks: new Map(),
  };
  skills.set(record.skill, known);
  known.deployments.add(deploymentId);
  // What a deploy finds live as it is wanted is as good as its own.
  if (record.type === 'active' || (record.type === 'planned' && record.action === 'none'))
    known.live = deploymentId;
  if (record.type === 'rolled-back') known.rollbacks.set(deploymentId, record.to);
}
