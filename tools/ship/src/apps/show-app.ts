import { type App, type AppPlatformClient, AppPlatformError, standingOf } from '@odoobo/app-platform';
import { formatDollars } from '../terminal/format.js';

/** The details of an app that are shown. */
export interface ShownApp {
  name: string;
  /** `live`, `under way`, `failed`, `live; its last deployment failed` */
  state: string;
  /** Undefined if it was never live. */
  url: string | undefined;
  /** US dollars a month; undefined if the platform does not report the cost. */
  cost: number | undefined;
}

/** Reads the state and the cost of an app; changes nothing. */
export async function showApp(client: AppPlatformClient, app: App): Promise<ShownApp> {
  const { live } = standingOf(app);
  return { name: app.spec.name, state: stateOf(app), url: live?.url, cost: await costOf(client, app) };
}

function stateOf(app: App): string {
  const { live, underWay, failed } = standingOf(app);
  if (underWay) return 'under way';
  if (!live) return 'failed';
  return failed ? 'live; its last deployment failed' : 'live';
}

async function costOf(client: AppPlatformClient, app: App): Promise<number | undefined> {
  try {
    return (await client.propose(app.spec, { appId: app.id })).app_cost;
  } catch (error) {
    if (error instanceof AppPlatformError) return undefined;
    throw error;
  }
}

/** The cells of a line about an app. */
export function appCells({ name, state, cost, url }: ShownApp): string[] {
  return [name, state, showPrice(cost), url ?? ''];
}

/** `$5.00 a month` */
export function showPrice(cost: number | undefined): string {
  return cost === undefined ? 'cost unknown' : `${formatDollars(cost)} a month`;
}
