import type { App } from '../spec/index.js';
import type { AppRun } from './app-run.js';
import { ownCauseCodes } from './events.js';
import { DeployFailure } from './failure.js';
import { whoseApp } from './ownership.js';

/** @throws DeployFailure for an app that someone else has created: only its name belongs to the skill */
export async function requireOurs({ request, fleet }: AppRun, app: App): Promise<void> {
  const whose = await whoseApp(fleet.client, app, request, fleet.signal);
  if (whose === 'ours') return;
  const message = `the app "${app.spec.name}" (${app.id}) was not changed: ${whose}`;
  throw new DeployFailure({ code: ownCauseCodes.notOurs, message });
}
