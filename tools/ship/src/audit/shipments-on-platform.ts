import { type Deployment, type Mark, markOf } from '@odoobo/app-platform';
import type { AppHistory } from '../apps/own-apps.js';
import { liveSince } from '../delivery/changes-on-platform.js';
import type { Shipment, ShippedVersion } from './shipment.js';

/** The shipments of one artefact that only the platform shows. @param known ids of deployments that the journal has */
export function shipmentsOnPlatform(
  { app, deployments }: AppHistory,
  environment: string,
  matches: (digest: string) => boolean,
  known: ReadonlySet<string>,
): Shipment[] {
  const ordered = [...deployments].sort((a, b) => createdAt(a).localeCompare(createdAt(b)));
  const writes = new Set<string>();
  return ordered.flatMap((deployment, index) => {
    const mark = markOf(deployment.spec);
    if (!mark) return [];
    // A rollback or a restart has the mark of the deployment that it repeats.
    const isRepeated = writes.has(mark.write);
    writes.add(mark.write);
    if (!matches(mark.artefact) || known.has(deployment.id)) return [];
    const over = isRepeated ? undefined : ordered.find(({ id }) => id === mark.over);
    const before = over ?? ordered.slice(0, index).findLast((one) => liveSince(one) !== undefined);
    return [
      {
        ...versionOn(deployment, mark),
        digest: mark.artefact,
        environment,
        app: app.spec.name,
        at: deployment.phase_last_updated_at ?? deployment.updated_at ?? createdAt(deployment),
        result: (deployment.phase ?? 'unknown').toLowerCase(),
        by: mark.by,
        dirty: mark.dirty ?? false,
        ...(before && { replaced: versionOn(before, markOf(before.spec)) }),
      },
    ];
  });
}

function versionOn({ id }: Deployment, mark: Mark | undefined): ShippedVersion {
  return { deployment: id, digest: mark?.artefact, commit: mark?.commit };
}

function createdAt({ created_at: at = '' }: Deployment): string {
  return at;
}
