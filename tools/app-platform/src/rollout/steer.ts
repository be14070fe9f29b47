import type { App } from '../spec/index.js';
import type { Canary } from '../versions/mark.js';
import { type RouterOrder, Routers, type RouterState, statePathIn } from './router-state.js';
import { rolloutIn } from './specs.js';

/** The rollout that is live in an app. */
export function rolloutOf(app: App | undefined): Canary | undefined {
  return rolloutIn(app?.active_deployment?.spec);
}

/**
 * Asks the routers of an app how far its rollout is, or tells them what to do.
 * @param secretOf makes the secret of a rollout from its id
 * @param order undefined to ask only
 * @throws RouterTrouble, or the signal's reason; an error if no rollout is live
 */
export async function steerRollout(
  app: App,
  secretOf: (rollout: string) => string,
  order: RouterOrder | undefined,
  signal: AbortSignal,
): Promise<RouterState> {
  const canary = rolloutOf(app);
  if (!canary) throw new Error(`no rollout of "${app.spec.name}" is live`);
  const routers = new Routers({
    url: app.live_url || app.default_ingress || '',
    path: statePathIn(app.active_deployment?.spec ?? app.spec, canary.service) ?? '/',
    rollout: canary.rollout,
    secret: secretOf(canary.rollout),
  });
  try {
    if (!order) return await routers.state(signal);
    return await routers.tell(await ofThisStep(routers, order, signal), signal);
  } finally {
    await routers.close();
  }
}

/** An approval is of the step that is under way now, not of one that begins meanwhile. */
async function ofThisStep(routers: Routers, order: RouterOrder, signal: AbortSignal): Promise<RouterOrder> {
  if (order.do !== 'approve' || order.step !== undefined) return order;
  const { step } = await routers.state(signal);
  return step ? { ...order, step: step.index } : order;
}
