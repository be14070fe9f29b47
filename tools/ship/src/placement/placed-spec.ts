import {
  type AppSpec,
  AppSpecError,
  checkAppSpec,
  type Issue,
  writtenSpecIssues,
} from '@odoobo/app-platform/spec';
import type { SkillPlace } from '../manifest/skill-place.js';
import { overlaid } from './overlay.js';
import type { Placement } from './placement.js';

/**
 * The App Spec of an app of a skill: the skill's own, with the name, the region and the overlay of the placement.
 * A domain belongs to one app, so an app with another name than the skill's does not get those of the App Spec.
 * @throws AppSpecError naming the place in the file of placements
 */
export function placedSpec(
  spec: AppSpec,
  { skill, placement }: Pick<SkillPlace, 'skill' | 'placement'>,
): AppSpec {
  if (!placement) return spec;
  const { region, overlay = {}, of } = placement;
  const own = skill === of ? spec : withoutDomains(spec);
  const base = { ...own, name: skill, ...(region !== undefined && { region }) };
  const { spec: changed, issues } = overlaid(base, overlay);
  refuse(issues, placement);
  const check = checkAppSpec(changed);
  refuse(check.ok ? writtenSpecIssues(check.spec) : check.issues, placement, changed);
  return check.ok ? check.spec : spec;
}

/** @param changed the App Spec that the issues are about, if it is not the overlay */
function refuse(issues: readonly Issue[], { issue }: Placement, changed?: unknown): void {
  if (issues.length === 0) return;
  const found = issues.map(({ path, message }) =>
    changed === undefined
      ? issue(`overlay/${path}`, message)
      : issue('overlay', `the App Spec is wrong with it: ${byName(changed, path)}: ${message}`),
  );
  throw new AppSpecError(found);
}

/** `services/0/http_port` -> `services/shop/http_port`: an overlay has other positions in its lists. */
function byName(spec: unknown, path: string): string {
  let value = spec;
  return path
    .split('/')
    .map((part) => {
      value = (value as Record<string, unknown> | undefined)?.[part];
      const { name, key } = (value ?? {}) as { name?: unknown; key?: unknown };
      return /^\d+$/.test(part) ? String(name ?? key ?? part) : part;
    })
    .join('/');
}

/** The App Spec of another app than the one that the domains of the App Spec belong to. */
function withoutDomains({ domains: _domains, ...spec }: AppSpec): AppSpec {
  return spec.ingress ? { ...spec, ingress: ingressWithoutDomains(spec.ingress) } : spec;
}

type Ingress = NonNullable<AppSpec['ingress']>;

/** The app has no domain that a rule could match; a rule that only redirects from a domain would redirect everything. */
function ingressWithoutDomains(ingress: Ingress): Ingress {
  const rules = ingress.rules?.filter(({ match, redirect }) => !(match?.authority && redirect));
  if (!rules) return ingress;
  return {
    ...ingress,
    rules: rules.map((rule) => {
      const { authority: _authority, ...match } = rule.match ?? {};
      return rule.match ? { ...rule, match } : rule;
    }),
  };
}
