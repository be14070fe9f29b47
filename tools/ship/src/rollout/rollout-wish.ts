import { rolloutServices, type RolloutWish } from '@odoobo/app-platform';
import type { AppSpec, ImageSource } from '@odoobo/app-platform/spec';
import type { Rollout } from '../manifest/rollout.js';
import type { RolloutSecrets } from './rollout-key.js';

/** Undefined if its spec has no service whose requests can be split. */
export function rolloutWish(
  { steps, verdict = {}, ...plan }: Rollout,
  spec: AppSpec,
  routerDigest: string,
  { secretOf, canaryHeader }: RolloutSecrets,
): RolloutWish | undefined {
  const [service, ...others] = rolloutServices(spec);
  if (!service?.image || others.length > 0) return undefined;
  const { smokeTest = false, p95, ...rest } = verdict;
  return {
    service: service.name,
    plan: {
      ...plan,
      steps,
      verdict: { ...rest, ...(p95 && { p95: { worseBy: Number.parseFloat(p95.worseBy) / 100 } }) },
    },
    router: routerSource(service.image, routerDigest),
    secretOf,
    ...(smokeTest && { canaryHeader }),
  };
}

/** The image of the router, beside that of the service. */
export function routerSource(image: ImageSource, digest: string): ImageSource {
  const { tag: _tag, deploy_on_push: _push, ...rest } = image;
  return { ...rest, digest };
}
