import { type AppSpec, type CorsPolicy, storedSpec } from '@odoobo/app-platform/spec';
import { compileCors, type Redirect, type Rule, type ToComponent } from '@odoobo/ingress';

type IngressRule = NonNullable<NonNullable<AppSpec['ingress']>['rules']>[number];

/**
 * The rules of an app: those of `ingress`, else those that App Platform makes for its components.
 * @throws Error for a CORS policy that cannot be understood.
 */
export function rulesOf(spec: AppSpec): Rule[] {
  const written = spec.ingress?.rules ?? [];
  const { rules = [] } = storedSpec(spec).ingress ?? {};
  return rules.map((rule, index) =>
    ruleOf(rule, written.length > 0 ? `ingress/rules/${index}/cors` : `${rule.component?.name}/cors`),
  );
}

function ruleOf({ match, component, redirect, cors }: IngressRule, corsPath: string): Rule {
  const authority = match?.authority && matchOf(match.authority);
  return {
    path: matchOf(match?.path ?? {}),
    ...(authority && { authority }),
    to: component ? toComponent(component) : toRedirect(redirect),
    ...checked(cors, corsPath),
  };
}

function checked(cors: CorsPolicy | undefined, path: string): { cors?: CorsPolicy } {
  if (!cors) return {};
  try {
    compileCors(cors);
    return { cors };
  } catch (cause) {
    throw new Error(`${path}: ${(cause as Error).message}`, { cause });
  }
}

function matchOf({
  exact,
  prefix,
}: {
  exact?: string | undefined;
  prefix?: string | undefined;
}): Rule['path'] {
  return exact === undefined ? { prefix: prefix ?? '' } : { exact };
}

function toComponent({
  name,
  preserve_path_prefix: preserve,
  rewrite,
}: NonNullable<IngressRule['component']>): ToComponent {
  return {
    component: name,
    preservePathPrefix: preserve === true || preserve === 'true',
    ...(rewrite !== undefined && { rewrite }),
  };
}

function toRedirect({
  redirect_code: code = 302,
  ...rest
}: NonNullable<IngressRule['redirect']> = {}): Redirect {
  return { redirect: { ...rest, code } as Redirect['redirect'] };
}
