import { differences, markOf } from '@odoobo/app-platform/versions';
import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../api/context.js';
import { activeDeployment } from '../deployments/phases.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import { pageData } from './addresses.js';
import { comparable } from './history.js';
import type { Placed, PlacementsAnswer } from './placement-answers.js';

/** Which apps are placements of skills, and whether each is as its skill's last deploy has left it. */
export function placementRoutes(server: FastifyInstance, context: ApiContext): void {
  /** By the id of what is live, or else of the newest: neither changes any more in what is read here. */
  let known = new Map<string, Placed | undefined>();

  server.get(`${pageData}placements`, (): PlacementsAnswer => {
    const read = context.store.list().flatMap((app) => {
      const shown = activeDeployment(app) ?? app.deployments[0];
      if (!shown) return [];
      const placed = known.has(shown.id) ? known.get(shown.id) : placedAs(context, app, shown);
      return [{ app: app.id, shown: shown.id, placed }];
    });
    known = new Map(read.map(({ shown, placed }) => [shown, placed]));
    return { apps: Object.fromEntries(read.flatMap(({ app, placed }) => (placed ? [[app, placed]] : []))) };
  });
}

/** From the newest mark of a deploy up to what is shown: a change by someone else may have lost it. */
function placedAs(context: ApiContext, app: AppRecord, shown: DeploymentRecord): Placed | undefined {
  // Newest first.
  const upToShown = app.deployments.slice(app.deployments.indexOf(shown));
  const marked = upToShown.flatMap((one) => markOf(one.spec) ?? []);
  const mark = marked.find(({ placement }) => placement !== undefined);
  if (!mark?.placement) return undefined;
  const { of, environment, name, tenant } = mark.placement;
  const changed = isChanged(context, app, shown, upToShown);
  return { of, environment, ...(name && { name }), ...(tenant && { tenant }), changed };
}

/** Each deploy has a mark of its own, so of several deployments with one mark the oldest is what the deploy has written. */
function isChanged(
  context: ApiContext,
  app: AppRecord,
  shown: DeploymentRecord,
  upToShown: readonly DeploymentRecord[],
): boolean {
  const write = markOf(shown.spec)?.write;
  if (write === undefined) return true;
  const written = upToShown.findLast(({ spec }) => markOf(spec)?.write === write);
  if (!written || written === shown) return false;
  const [before, after] = [written, shown].map((one) => comparable(context, app, one).spec);
  return before !== undefined && after !== undefined && differences(after, before).length > 0;
}
