import type { AppPlatformClient } from '../client/client.js';
import { AppPlatformError } from '../client/errors.js';
import type { Plan } from '../deploy/plan.js';
import { type App, type AppSpec, isEncrypted, mapSecrets } from '../spec/index.js';
import type { Cost } from './skill-plan.js';

/** Replaces a plaintext secret: no secret has to leave this machine to ask for a price. With a colon, as registries require. */
const notSent = 'not:sent';

/** A new version or other variables: an app is billed by the sizes and numbers of its instances. */
const costsNothing =
  /^secrets$|(^|\/)envs(\/|$)|\/(image|git|github|gitlab|bitbucket)(\/|$)|\/source_commit_hash$/;

/**
 * What an app costs now, and after a plan is carried out. The platform is asked, nothing is guessed: if it does not answer,
 * the result has the reason.
 * @throws the reason of the signal
 */
export async function costOf(
  client: AppPlatformClient,
  { app, live, spec, changes }: Plan,
  signal: AbortSignal,
): Promise<Cost> {
  const ask = (asked: AppSpec): Promise<Price> => priceOf(client, asked, app?.id, signal);
  // The platform knows the live spec in any case, but maybe not an image that is about to be shipped.
  if (live?.spec && changes.every(({ path }) => costsNothing.test(path))) {
    const { cost, unknown } = await ask(live.spec);
    return costs(cost, cost, unknown);
  }
  const [before, after] = await Promise.all([priceNow(app, live?.spec, ask), ask(spec)]);
  return costs(before.cost, after.cost, after.unknown ?? before.unknown);
}

interface Price {
  cost?: number;
  unknown?: string;
}

async function priceNow(
  app: App | undefined,
  live: AppSpec | undefined,
  ask: (spec: AppSpec) => Promise<Price>,
): Promise<Price> {
  if (!app) return { cost: 0 };
  return live ? ask(live) : { unknown: 'no version is live' };
}

/** What an app costs a month with another spec. @throws the reason of the signal */
export async function priceOf(
  client: AppPlatformClient,
  spec: AppSpec,
  appId: string | undefined,
  signal: AbortSignal,
): Promise<Price> {
  const asked = mapSecrets(spec, ({ value }) => (isEncrypted(value) ? value : notSent));
  try {
    const proposal = await client.propose(asked, { signal, ...(appId !== undefined && { appId }) });
    // The platform's Go encoder omits a zero, and static apps can be free (godo, apps.gen.go: `app_cost,omitempty`).
    const cost = proposal.app_cost ?? (proposal.app_is_static ? 0 : undefined);
    return cost === undefined ? { unknown: 'the platform does not report it' } : { cost };
  } catch (error) {
    if (!(error instanceof AppPlatformError)) throw error;
    return { unknown: error.message };
  }
}

function costs(now: number | undefined, after: number | undefined, unknown: string | undefined): Cost {
  return {
    ...(now !== undefined && { now }),
    ...(after !== undefined && { after }),
    ...(unknown !== undefined && { unknown }),
  };
}
