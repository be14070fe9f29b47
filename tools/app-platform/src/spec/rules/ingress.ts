import { componentsOf, type Fields, fieldsOf, listOf, type Report, textOf } from './loose.js';

const routable: readonly string[] = ['services', 'static_sites', 'functions'];

/** Each rule leads to one target: a component that can serve requests, or a redirect. */
export function checkIngress(spec: Fields, report: Report): void {
  const names = componentsOf(spec)
    .filter(({ list }) => routable.includes(list))
    .map(({ fields }) => textOf(fields.name));
  listOf(fieldsOf(spec.ingress).rules).forEach((rule, index) => {
    const path = ['ingress', 'rules', index];
    if ((rule.component === undefined) === (rule.redirect === undefined)) {
      const got = rule.component === undefined ? 'neither' : 'both';
      report(path, `expected either component or redirect, got ${got}`);
    }
    checkTarget(fieldsOf(rule.component), names, [...path, 'component'], report);
    checkMatch(fieldsOf(rule.match), [...path, 'match'], report);
  });
}

function checkTarget(
  target: Fields,
  names: (string | undefined)[],
  path: (string | number)[],
  report: Report,
): void {
  const name = textOf(target.name);
  if (name !== undefined && !names.includes(name)) {
    const known = names.length === 0 ? 'none' : names.join(', ');
    report([...path, 'name'], `no service, static site or function is called "${name}" (known: ${known})`);
  }
  if (target.rewrite !== undefined && target.preserve_path_prefix !== undefined) {
    report([...path, 'rewrite'], 'not allowed together with preserve_path_prefix');
  }
}

function checkMatch(match: Fields, path: (string | number)[], report: Report): void {
  for (const part of ['path', 'authority']) {
    if (match[part] === undefined) continue;
    const { prefix, exact } = fieldsOf(match[part]);
    if ((prefix === undefined) === (exact === undefined)) {
      report([...path, part], 'expected either prefix or exact');
    }
  }
}

/** Each domain is listed once, and at most one is the primary one. */
export function checkDomains(spec: Fields, report: Report): void {
  const seen = new Set<string>();
  let primary: string | undefined;
  listOf(spec.domains).forEach((entry, index) => {
    const domain = textOf(entry.domain);
    if (domain === undefined) return;
    if (seen.has(domain)) report(['domains', index, 'domain'], `"${domain}" is listed twice`);
    seen.add(domain);
    if (entry.type !== 'PRIMARY') return;
    if (primary !== undefined)
      report(['domains', index, 'type'], `"${primary}" is already the primary domain`);
    primary ??= domain;
  });
}
