import type { Recorded } from '@odoobo/app-platform';
import * as z from 'zod';
import type { JournalRecord, SkillRecord } from './record.js';

/** The number of deployments kept per skill: more than a platform lists. */
const remembered = 100;

/** By environment, then by skill. */
export const recordedSchema = z.record(
  z.string(),
  z.record(
    z.string(),
    z.object({
      /** Oldest first. */
      deployments: z.array(z.string()),
      live: z.string().optional(),
      /** The deployment that each rollback restored. */
      rollbacks: z.record(z.string(), z.string()),
    }),
  ),
);
type RecordedBySkill = z.infer<typeof recordedSchema>;

/** The results of earlier deploys and rollbacks, folded from the journal. */
export class RecordedFold {
  readonly #known: RecordedBySkill;

  /** @param known the fold of the earlier records */
  constructor(known: RecordedBySkill = {}) {
    this.#known = structuredClone(known);
  }

  get recorded(): RecordedBySkill {
    return this.#known;
  }

  /** The results in one environment, by skill. */
  of(environment: string): ReadonlyMap<string, Recorded> {
    const skills = Object.entries(this.#known[environment] ?? {});
    return new Map(
      skills.map(([skill, { deployments, live, rollbacks }]) => [
        skill,
        { deployments: new Set(deployments), live, rollbacks: new Map(Object.entries(rollbacks)) },
      ]),
    );
  }

  add(record: JournalRecord): void {
    if (!isOfDeployment(record) || record.deploymentId === undefined) return;
    const { deploymentId, environment, skill } = record;
    const skills = (this.#known[environment] ??= {});
    const known = (skills[skill] ??= { deployments: [], rollbacks: {} });
    if (!known.deployments.includes(deploymentId)) known.deployments.push(deploymentId);
    // An unchanged deployment counts as a recorded one.
    if (record.type === 'active' || (record.type === 'planned' && record.action === 'none'))
      known.live = deploymentId;
    if (record.type === 'rolled-back') known.rollbacks[deploymentId] = record.to;
    forgetOldest(known);
  }
}

type DeploymentRecord = Extract<SkillRecord, { deploymentId?: string | undefined }>;

function isOfDeployment(record: JournalRecord): record is DeploymentRecord {
  return (
    'deploymentId' in record &&
    (record.type === 'planned' ||
      record.type === 'written' ||
      record.type === 'active' ||
      record.type === 'rolled-back')
  );
}

/** Keeps the live deployment, which may be older than all others that are known. */
function forgetOldest(known: RecordedBySkill[string][string]): void {
  const { deployments, live, rollbacks } = known;
  const oldest = deployments.findIndex((id) => id !== live);
  if (deployments.length <= remembered || oldest === -1) return;
  const [forgotten = ''] = deployments.splice(oldest, 1);
  delete rollbacks[forgotten];
}
