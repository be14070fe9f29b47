import type { AppSpec } from '@odoobo/app-platform/spec';

/** The App Spec of another app than the one that the domains of the App Spec belong to. */
export function withoutDomains({ domains: _domains, ...spec }: AppSpec): AppSpec {
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
